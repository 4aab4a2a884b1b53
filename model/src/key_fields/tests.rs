use proptest::prelude::*;

use super::*;
use crate::limit::HIGHEST;

const CONTEXT: FieldContext<'_> = FieldContext {
    profiles: &[],
    customer: None,
    owner: None,
    now: Timestamp(1_795_326_180_000), // 2026-11-22T05:43:00Z
    new: false,
};

fn shop() -> KeySettings {
    KeySettings {
        name: "Shop".to_owned(),
        active: Some(true),
        limits: Limits {
            second: Some(10),
            minute: None,
            day: Some(1_000),
        },
        addresses: addresses("10.0.0.0/8 192.0.2.0/24"),
        owner: Some(person("ada")),
        ..KeySettings::default()
    }
}

fn person(name: &str) -> OwnerName {
    OwnerName {
        id: crate::id::UserId::from_random(&format!("{name:0<10}")),
        name: name.to_owned(),
        email: format!("{name}@example.com"),
    }
}

/// The form for a key as it is first shown.
fn form(settings: &KeySettings) -> FormValues {
    let mut form = settings.values();
    settings.note_in(&mut form);
    form
}

fn addresses(text: &str) -> AllowedAddresses {
    AllowedAddresses::read(text).unwrap()
}

/// What is read from the field “Requests a second”, or the error message of that field.
fn second(text: &str) -> Result<Option<u32>, String> {
    let mut settings = shop();
    let errors = settings.read(&FormValues::from([("name", "Shop"), ("limit_second", text)]), &CONTEXT);
    errors.of("limit_second").map_or(Ok(settings.limits.second), Err)
}

#[test]
fn each_field_has_names_and_a_label_of_its_own() {
    let mut seen = std::collections::BTreeSet::new();
    for field in KeyField::ALL {
        assert!(
            seen.insert(field.name()) && seen.insert(field.shown_name()),
            "{field:?}"
        );
        assert!(seen.insert(field.label()), "{field:?}");
    }
}

/// Compares [`shop`] with a key that has another value in each field. Fails for a field that is missing here or in
/// [`KeyField::ALL`].
#[test]
fn every_setting_has_a_field_that_reads_notes_and_tells_it() {
    let acme = CustomerName {
        id: crate::id::CustomerId::from_random("0123456789"),
        external_id: "acme".to_owned(),
        name: "Acme".to_owned(),
    };
    let other = KeySettings {
        name: "Store".to_owned(),
        description: "Reads orders".to_owned(),
        tags: Tags::read("eu billing").unwrap(),
        location: "Vault, secret/store".to_owned(),
        owner: Some(person("mara")),
        profile: Some(ProfileId::from_stored("prof_0000000000".to_owned())),
        active: Some(false),
        expires_at: Some(CONTEXT.now.plus(30 * crate::time::DAY)),
        limits: Limits {
            second: None,
            minute: Some(60),
            day: None,
        },
        addresses: AllowedAddresses::default(),
        customer: Some(acme.clone()),
        metadata: Metadata::read(r#"{"plan":"pro"}"#).unwrap(),
    };
    let profiles = [ProfileName {
        id: ProfileId::from_stored("prof_0000000000".to_owned()),
        name: "Strict".to_owned(),
        version: 1,
    }];
    let mara = Ok(person("mara"));
    let context = FieldContext {
        profiles: &profiles,
        customer: Some(&acme),
        owner: Some(&mara),
        ..CONTEXT
    };
    let mut typed = other.values();
    typed.set("expires", "30");
    let mut read = shop();
    assert!(read.read(&typed, &context).is_empty());
    assert_eq!(read, other, "each field is read");

    assert_eq!(
        other.changes_since_shown(&form(&shop()), &profiles).len(),
        KeyField::ALL.len(),
        "each field is compared with what was shown"
    );
    let mut merged = form(&shop());
    other.merge_into(&mut merged);
    assert_eq!(merged, form(&other), "each field that was left alone follows");
    let told: Vec<String> = shop()
        .differences(&other, &profiles)
        .into_iter()
        .map(|(what, ..)| what)
        .collect();
    assert_eq!(
        told,
        [
            "Name",
            "Description",
            "Tags",
            "Where this key lives",
            "Bias Profile",
            "Expires",
            "Rate limit",
            "Allowed addresses",
            "Customer",
            "Metadata"
        ],
        "the owner and the status have events of their own"
    );
}

/// The owner that is read from a form with this text, or the error message of the field.
fn owner(typed: &str, named: Option<&NamedOwner>) -> Result<Option<OwnerName>, String> {
    let mut settings = shop();
    let context = FieldContext {
        owner: named,
        ..CONTEXT
    };
    let form = FormValues::from([("name", "Shop"), ("owner", typed)]);
    let errors = settings.read(&form, &context);
    errors.of("owner").map_or(Ok(settings.owner), Err)
}

#[test]
fn a_key_of_a_person_goes_to_another_person_only() {
    let (mara, disabled) = (Ok(person("mara")), Err("“mara” is disabled.".to_owned()));
    assert_eq!(owner("mara@example.com", Some(&mara)), Ok(Some(person("mara"))));
    assert_eq!(owner(" ada@example.com ", Some(&disabled)), Ok(Some(person("ada"))));
    assert_eq!(owner("mara", Some(&disabled)).unwrap_err(), "“mara” is disabled.");
    assert_eq!(owner("nobody", None).unwrap_err(), "There is no person “nobody”.");
    assert!(owner(" ", None).unwrap_err().starts_with("A key of a person"));
}

#[test]
fn a_new_key_takes_no_owner_from_its_form() {
    let mara = Ok(person("mara"));
    let context = FieldContext {
        owner: Some(&mara),
        new: true,
        ..CONTEXT
    };
    let mut settings = KeySettings::default();
    let form = FormValues::from([("name", "Shop"), ("owner", "mara@example.com"), ("expires", "never")]);
    assert!(settings.read(&form, &context).is_empty());
    assert_eq!(settings.owner, None);
}

#[test]
fn texts_about_a_key_are_one_short_line() {
    for field in ["description", "location"] {
        let read = |text: &str| {
            let mut settings = shop();
            let errors = settings.read(&FormValues::from([("name", "Shop"), (field, text)]), &CONTEXT);
            errors.of(field).map_or(Ok(settings), Err)
        };
        let text = "x".repeat(200);
        let settings = read(&text).unwrap();
        assert!([settings.description, settings.location].contains(&text), "{field}");
        assert!(read(&"x".repeat(201)).unwrap_err().contains("at most 200 characters"));
        assert!(read("a\nb").is_err() && read("a\u{202e}b").is_err());
    }
}

#[test]
fn tags_in_another_order_are_the_same_tags() {
    let tagged = KeySettings {
        tags: Tags::read("billing eu").unwrap(),
        ..shop()
    };
    let mut typed = form(&tagged);
    assert_eq!(typed.text("tags"), "billing, eu");
    typed.set("tags", "EU billing");
    let now = KeySettings {
        tags: Tags::read("us").unwrap(),
        ..shop()
    };
    now.merge_into(&mut typed);
    assert_eq!(typed.text("tags"), "us");
}

#[test]
fn a_limit_is_a_whole_number_or_nothing() {
    for (text, limit) in [
        ("", None),
        (" ", None),
        ("1", Some(1)),
        (" 60 ", Some(60)),
        ("007", Some(7)),
        ("1000000000", Some(HIGHEST)),
    ] {
        assert_eq!(second(text), Ok(limit), "{text:?}");
    }
    for nonsense in [
        "0",
        "-1",
        "+1",
        "1.5",
        "1,000",
        "1 000",
        "1e3",
        "ten",
        "٣",
        "1000000001",
        "99999999999999999999",
    ] {
        let message = second(nonsense).unwrap_err();
        assert!(
            message.starts_with("Requests a second: write a whole number"),
            "{message}"
        );
    }
}

#[test]
fn what_a_form_does_not_have_stays_as_it_is() {
    let mut settings = shop();
    assert!(
        settings
            .read(&FormValues::from([("name", "Shop")]), &CONTEXT)
            .is_empty()
    );
    assert_eq!(settings, shop());
    let emptied = FormValues::from([("name", "Shop"), ("limit_second", ""), ("allowed_addresses", "")]);
    assert!(settings.read(&emptied, &CONTEXT).is_empty());
    assert_eq!((settings.limits.second, settings.limits.day), (None, Some(1_000)));
    assert_eq!(settings.addresses, AllowedAddresses::default());
}

#[test]
fn what_was_left_alone_follows_the_key_and_what_was_typed_stays() {
    let mut typed = form(&shop());
    typed.set("name", "My shop");
    typed.set("limit_day", "5");
    typed.set("allowed_addresses", "192.0.2.0/24\r\n10.0.0.0/8");
    let now = KeySettings {
        name: "Their shop".to_owned(),
        active: Some(false),
        limits: Limits {
            second: Some(20),
            ..Limits::NONE
        },
        addresses: addresses("2001:db8::/32"),
        ..shop()
    };
    now.merge_into(&mut typed);
    for (field, value) in [
        ("name", "My shop"),
        ("was_name", "Their shop"),
        ("status", "inactive"),
        ("limit_second", "20"),
        ("limit_day", "5"),
        ("allowed_addresses", "2001:db8::/32"),
    ] {
        assert_eq!(typed.get(field), Some(value), "{field}");
    }
    typed.set("allowed_addresses", "nonsense");
    shop().merge_into(&mut typed);
    assert_eq!(typed.text("allowed_addresses"), "nonsense");
}

#[test]
fn a_status_that_could_not_be_chosen_was_changed_by_nobody() {
    let waiting = KeySettings { active: None, ..shop() };
    assert_eq!(shop().changes_since_shown(&form(&waiting), &[]), Vec::<String>::new());
    let mut typed = form(&shop());
    waiting.merge_into(&mut typed);
    assert_eq!(
        typed.text("status"),
        "",
        "the form does not ask for a status that can no longer be chosen"
    );
}

proptest! {
    #[test]
    fn what_is_shown_is_read_back(
        second in proptest::option::of(1..=HIGHEST),
        minute in proptest::option::of(1..=HIGHEST),
        day in proptest::option::of(1..=HIGHEST),
        networks in proptest::collection::vec((any::<u32>(), 0..=32_u8), 0..5),
        description in "[a-z0-9<>&\"' ]{0,200}",
        tags in "[A-Za-z0-9 ,:.-]{0,40}",
    ) {
        let text: Vec<String> = networks
            .into_iter()
            .map(|(bits, length)| format!("{}/{length}", std::net::Ipv4Addr::from_bits(bits)))
            .collect();
        let settings = KeySettings {
            name: "Shop".to_owned(),
            limits: Limits { second, minute, day },
            addresses: addresses(&text.join(" ")),
            description: texts::description(&description).unwrap(),
            tags: Tags::read(&tags).unwrap_or_default(),
            ..KeySettings::default()
        };
        let mut read = KeySettings::default();
        prop_assert!(read.read(&settings.values(), &CONTEXT).is_empty());
        prop_assert_eq!(read, settings);
    }

    #[test]
    fn any_text_is_a_limit_or_a_mistake(text in any::<String>()) {
        if let Ok(Some(limit)) = second(&text) {
            prop_assert!((1..=HIGHEST).contains(&limit));
        }
    }
}
