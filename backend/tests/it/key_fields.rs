//! What keys are for: description, tags, where they live, and their owners. And keys with the settings of another one.

use crate::common::database::{number, texts};
use crate::common::{TestBackend, as_person, create, create_as, error_of, invalid, new_key};
use backend::audit::Actor;
use backend::keys::NewKey;
use backend::{Error, Services};
use model::edit_form::{ChangedMeanwhile, EditOutcome};
use model::endpoint::Grant;
use model::form_values::FormValues;
use model::id::{KeyId, UserId};
use model::key::CreateOutcome;
use model::key_list::KeyQuery;
use model::list::{FEW, PageSize};
use model::role::Role;
use model::tags::Tags;
use model::time::DAY;

fn by() -> Actor {
    Actor::command_line()
}

fn tagged(name: &str, tags: &str) -> NewKey {
    NewKey {
        tags: Tags::read(tags).unwrap(),
        ..new_key(name, Grant::All)
    }
}

/// Types into the form as it is first shown, and sends it.
async fn edit(services: &Services, actor: &Actor, id: &KeyId, fields: &[(&str, &str)]) -> backend::Result<EditOutcome> {
    let mut form = services.keys.editing_options(&by(), id).await?.form;
    for (name, value) in fields {
        form.set(name, *value);
    }
    services.keys.edit(actor, id, &form).await
}

/// The rows by which keys are found, as `tag key`.
async fn tag_rows(test: &TestBackend) -> Vec<String> {
    let db = test.connect_directly().await;
    texts(
        &db,
        "SELECT api_key_tags.tag || ' ' || api_keys.name FROM api_key_tags
         JOIN api_keys ON api_keys.id = api_key_tags.key_id ORDER BY 1",
    )
    .await
}

/// The names of the keys with one of these tags, and what the filter offers.
async fn with_tags(test: &TestBackend, tags: &[&str]) -> (Vec<String>, Vec<String>) {
    let query = KeyQuery {
        tag: tags.iter().map(|&tag| tag.to_owned()).collect(),
        sort: "name".to_owned(),
        ..KeyQuery::default()
    };
    let page = test.services.keys.list(&by(), &query).await.unwrap();
    let options = page.tags.options.into_iter().map(|(value, _)| value);
    (page.rows.into_iter().map(|row| row.name).collect(), options.collect())
}

#[tokio::test]
async fn keys_are_found_by_their_tags() {
    let test = TestBackend::new().await;
    assert_eq!(with_tags(&test, &[]).await.1, [""; 0], "no filter without tags");
    create(&test.services, &tagged("Shop", "billing eu")).await;
    create(&test.services, &tagged("Depot", "billing")).await;
    create(&test.services, &new_key("Mail", Grant::All)).await;
    for (tags, found) in [
        (&[][..], &["Depot", "Mail", "Shop"][..]),
        (&["billing"], &["Depot", "Shop"]),
        (&["eu"], &["Shop"]),
        (&["eu", "billing"], &["Depot", "Shop"]),
        // As people type them.
        (&[" EU "], &["Shop"]),
        (&[""], &["Depot", "Mail", "Shop"]),
        (&["bill"], &[]),
        (&["b\0"], &[]),
        (&["' OR 1=1 --"], &[]),
    ] {
        assert_eq!(with_tags(&test, tags).await.0, found, "{tags:?}");
    }
    assert_eq!(with_tags(&test, &[]).await.1, ["billing", "eu"]);
}

#[tokio::test]
async fn a_filter_of_very_many_tags_offers_those_that_are_chosen() {
    let test = TestBackend::new().await;
    let tags: Vec<String> = (0..=FEW).map(|number| format!("t{number:03}")).collect();
    for some in tags.chunks(10) {
        create(&test.services, &tagged("Shop", &some.join(" "))).await;
    }
    let last = tags.last().unwrap().as_str();
    assert_eq!(with_tags(&test, &[]).await.1, [""; 0]);
    assert_eq!(with_tags(&test, &[last]).await.1, [last]);
}

#[tokio::test]
async fn the_tags_of_a_key_are_found_until_they_are_others_or_the_key_is_deleted() {
    let test = TestBackend::new().await;
    let shop = create(&test.services, &tagged("Shop", "eu billing")).await;
    create(&test.services, &tagged("Depot", "eu")).await;
    assert_eq!(tag_rows(&test).await, ["billing Shop", "eu Depot", "eu Shop"]);
    edit(&test.services, &by(), &shop.id, &[("tags", "EU, us")])
        .await
        .unwrap();
    assert_eq!(tag_rows(&test).await, ["eu Depot", "eu Shop", "us Shop"]);
    edit(&test.services, &by(), &shop.id, &[("name", "Store")])
        .await
        .unwrap();
    assert_eq!(tag_rows(&test).await, ["eu Depot", "eu Store", "us Store"]);
    test.services.keys.delete(&by(), &shop.id).await.unwrap();
    let db = test.connect_directly().await;
    assert_eq!(number(&db, "SELECT count(*) FROM api_key_tags").await, 1);
    test.events().await;
}

#[tokio::test]
async fn what_a_key_is_for_is_told_when_it_is_made_and_changed() {
    let test = TestBackend::new().await;
    let new = NewKey {
        description: "Reads orders".to_owned(),
        location: "Vault, secret/shop".to_owned(),
        ..tagged("Shop", "eu billing")
    };
    let key = create(&test.services, &new).await;
    let created = &test.details_of("key.created").await[0];
    assert_eq!(
        (&created["description"], &created["tags"], &created["location"]),
        (
            &"Reads orders".into(),
            &"billing, eu".into(),
            &"Vault, secret/shop".into()
        )
    );
    let fields = [
        ("description", "  Writes   orders "),
        ("tags", ""),
        ("location", "CI variable SHOP_KEY"),
    ];
    edit(&test.services, &by(), &key.id, &fields).await.unwrap();
    let changes = &test.details_of("key.edited").await[0]["changes"];
    let told: Vec<[&str; 3]> = changes
        .as_array()
        .unwrap()
        .iter()
        .map(|change| ["field", "from", "to"].map(|part| change[part].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ["Description", "Reads orders", "Writes orders"],
            ["Tags", "billing, eu", "none"],
            ["Where this key lives", "Vault, secret/shop", "CI variable SHOP_KEY"],
        ]
    );
    let record = test.services.keys.record(&by(), &key.id).await.unwrap();
    assert_eq!(
        (record.description.as_str(), record.location.as_str(), record.tags),
        ("Writes orders", "CI variable SHOP_KEY", Tags::default())
    );
}

#[tokio::test]
async fn what_another_person_has_changed_meanwhile_is_told() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &tagged("Shop", "eu")).await;
    let mut form = test.services.keys.editing_options(&by(), &key.id).await.unwrap().form;
    edit(
        &test.services,
        &by(),
        &key.id,
        &[("tags", "us"), ("description", "Theirs")],
    )
    .await
    .unwrap();
    form.set("description", "Mine");
    let outcome = test.services.keys.edit(&by(), &key.id, &form).await.unwrap();
    let EditOutcome::Changed(ChangedMeanwhile { form, changes }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(
        changes,
        [
            "Somebody on the command line changed this key meanwhile.",
            "The description is now: Theirs.",
            "The tags are now: us."
        ]
    );
    assert_eq!((form.text("description"), form.text("tags")), ("Mine", "us"));
}

#[tokio::test]
async fn an_admin_gives_a_key_to_another_person_who_may_then_change_it() {
    let test = TestBackend::new().await;
    let (_, admin) = test.add_person(Role::Admin).await;
    let (developer, as_developer) = test.add_person(Role::Developer).await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    assert_eq!(test.details(&key.id).await.owner, None, "nobody's");
    let refused = edit(&test.services, &as_developer, &key.id, &[("name", "Mine")]).await;
    assert!(matches!(refused, Err(Error::Forbidden(_))), "{refused:?}");

    edit(&test.services, &admin, &key.id, &[("owner", " Developer@example.com ")])
        .await
        .unwrap();
    let record = test.services.keys.record(&by(), &key.id).await.unwrap();
    assert_eq!(record.owner.as_ref(), Some(&developer));
    assert_eq!(test.details(&key.id).await.owner.as_deref(), Some("developer"));
    edit(&test.services, &as_developer, &key.id, &[("name", "Mine")])
        .await
        .unwrap();
    let changed = &test.details_of("key.owner_changed").await[0]["changes"][0];
    assert_eq!(
        (&changed["from"], &changed["to"]),
        (&"no person".into(), &"developer".into())
    );
    let nothing = edit(&test.services, &admin, &key.id, &[("owner", developer.as_str())]).await;
    assert!(
        matches!(nothing, Ok(EditOutcome::Saved { change: None, .. })),
        "{nothing:?}"
    );
    assert_eq!(test.details_of("key.edited").await.len(), 1, "the name alone");
    test.events().await;
}

#[tokio::test]
async fn a_key_goes_only_to_people_who_can_have_keys() {
    let test = TestBackend::new().await;
    let (_, owner) = test.add_person(Role::Owner).await;
    let (_, as_developer) = test.add_person(Role::Developer).await;
    test.add_named("viewer", Role::Viewer).await;
    let gone = test.add_named("gone", Role::Developer).await;
    test.services.accounts.disable(&owner, &gone).await.unwrap();
    test.add_named_twice("twin").await;
    let key = create_as(&test.services, &as_developer, &new_key("Shop", Grant::All)).await;
    for (typed, message) in [
        ("nobody", "There is no person “nobody”."),
        ("a\0b", "There is no person “a\0b”."),
        ("gone@example.com", "“gone” is disabled. Choose somebody else."),
        (
            "viewer",
            "“viewer” is a Viewer and cannot have keys. Choose somebody else.",
        ),
        ("twin", "There is more than one “twin”. Write the e-mail address."),
        ("", "A key of a person always has an owner. Choose another person."),
    ] {
        let outcome = edit(&test.services, &owner, &key.id, &[("owner", typed)]).await;
        assert_eq!(error_of(outcome, "owner"), message, "{typed:?}");
    }
    // A Developer changes own keys, but gives none away, and learns nothing about people.
    for typed in ["owner@example.com", "nobody"] {
        let outcome = edit(&test.services, &as_developer, &key.id, &[("owner", typed)]).await;
        assert!(matches!(outcome, Err(Error::Forbidden(_))), "{outcome:?}");
    }
    let options = test
        .services
        .keys
        .editing_options(&as_developer, &key.id)
        .await
        .unwrap();
    assert!(!options.may_give);
    edit(&test.services, &as_developer, &key.id, &[("name", "Store")])
        .await
        .unwrap();
}

#[tokio::test]
async fn a_new_key_belongs_to_its_creator_whatever_the_form_says() {
    let test = TestBackend::new().await;
    let (_, owner) = test.add_person(Role::Owner).await;
    let (developer, as_developer) = test.add_person(Role::Developer).await;
    let mut form = test
        .services
        .keys
        .creation_options(&as_developer, "", "")
        .await
        .unwrap()
        .form;
    form.set("owner", owner.user_id().unwrap().to_string());
    let outcome = test.services.keys.create(&as_developer, &form).await.unwrap();
    let CreateOutcome::Created(key) = outcome else {
        panic!("{outcome:?}")
    };
    let record = test.services.keys.record(&by(), &key.id).await.unwrap();
    assert_eq!(record.owner, Some(developer));
}

#[tokio::test]
async fn a_row_is_marked_while_its_owner_is_disabled() {
    let test = TestBackend::new().await;
    let (_, owner) = test.add_person(Role::Owner).await;
    let (developer, as_developer) = test.add_person(Role::Developer).await;
    let key = create_as(&test.services, &as_developer, &new_key("Shop", Grant::All)).await;
    create(&test.services, &new_key("Depot", Grant::All)).await;
    let marked = async || {
        let page = test.services.keys.list(&by(), &KeyQuery::default()).await.unwrap();
        let marked = page.rows.into_iter().filter(|row| row.owner_disabled);
        marked.map(|row| row.name).collect::<Vec<_>>()
    };
    assert_eq!(marked().await, [""; 0]);
    test.services.accounts.disable(&owner, &developer).await.unwrap();
    assert_eq!(marked().await, ["Shop"]);
    assert!(test.details(&key.id).await.row.owner_disabled);
    let size = PageSize::USUAL;
    let (records, _) = test
        .services
        .keys
        .list_records(&by(), &KeyQuery::default(), size)
        .await
        .unwrap();
    assert_eq!(records.iter().filter(|record| record.row.owner_disabled).count(), 1);
    // The form shows the disabled owner, and saves without another one.
    edit(&test.services, &owner, &key.id, &[("name", "Store")])
        .await
        .unwrap();
    test.services.accounts.enable(&owner, &developer).await.unwrap();
    assert_eq!(marked().await, [""; 0]);
}

#[tokio::test]
async fn a_copy_is_filled_with_the_settings_of_its_original() {
    let test = TestBackend::new().await;
    let profile = test.add_profile("Strict").await;
    let end = test.services.now().plus(40 * DAY);
    let new = NewKey {
        description: "Reads orders".to_owned(),
        location: "Vault".to_owned(),
        profile: Some(profile),
        expires_at: Some(end),
        addresses: model::address::AllowedAddresses::read("10.0.0.0/8").unwrap(),
        limits: model::limit::Limits {
            day: Some(9),
            ..model::limit::Limits::NONE
        },
        grant: Grant::Only(vec!["chat".to_owned(), "image".to_owned()]),
        ..tagged("Shop", "eu billing")
    };
    let key = create(&test.services, &new).await;
    let options = test.services.keys.duplication_options(&by(), &key.id).await.unwrap();
    let form = &options.form;
    assert_eq!(form.text("name"), "Shop (copy)");
    assert_eq!(form.all("endpoint").collect::<Vec<_>>(), ["chat", "image"]);
    assert_eq!(
        (form.text("expires"), form.text("expires_on")),
        ("date", end.iso_date().as_str())
    );
    // The endpoints can be changed, which those of the original never can.
    let mut form = form.clone();
    form.remove("endpoint");
    form.add("endpoint", "check-bias");
    let outcome = test.services.keys.create(&by(), &form).await.unwrap();
    let CreateOutcome::Created(copy) = outcome else {
        panic!("{outcome:?}")
    };
    assert_ne!(copy.token, key.token.reveal());
    let [original, copy] = [&key.id, &copy.id].map(|id| {
        let (services, id) = (&test.services, id.clone());
        async move { services.keys.record(&by(), &id).await.unwrap() }
    });
    let (original, copy) = (original.await, copy.await);
    assert_eq!(copy.grant, Grant::Only(vec!["check-bias".to_owned()]));
    assert_eq!(
        (copy.description, copy.tags, copy.location, copy.limits, copy.addresses),
        (
            original.description,
            original.tags,
            original.location,
            original.limits,
            original.addresses
        )
    );
    assert_eq!(copy.row.profile, original.row.profile);
}

#[tokio::test]
async fn whoever_may_create_keys_and_see_a_key_may_duplicate_it() {
    let test = TestBackend::new().await;
    let key = create(&test.services, &new_key("Shop", Grant::All)).await;
    let nobody = UserId::from_random("0000000000");
    for role in Role::ALL {
        let options = test
            .services
            .keys
            .duplication_options(&as_person(&nobody, role), &key.id)
            .await;
        match role {
            Role::Viewer => assert!(matches!(options, Err(Error::Forbidden(_))), "{options:?}"),
            _ => assert_eq!(options.unwrap().form.text("endpoints"), "all"),
        }
    }
    let unknown = KeyId::from_random("0000000000");
    let missing = test.services.keys.duplication_options(&by(), &unknown).await;
    assert!(matches!(missing, Err(Error::NotFound(_))), "{missing:?}");
}

#[tokio::test]
async fn too_much_text_is_refused_at_its_field() {
    let test = TestBackend::new().await;
    let long = "x".repeat(201);
    let fields = [
        ("name", "Shop"),
        ("environment", "default"),
        ("description", long.as_str()),
        ("location", long.as_str()),
        ("tags", "a b c d e f g h i j k"),
    ];
    let errors = invalid(test.services.keys.create(&by(), &FormValues::from(fields)).await);
    for field in ["description", "location", "tags"] {
        assert!(errors.of(field).is_some(), "{field}");
    }
}
