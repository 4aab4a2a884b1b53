use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::time::Timestamp;
use proptest::prelude::*;
use ring::signature::{ED25519, Ed25519KeyPair, UnparsedPublicKey};
use serde_json::{Value, json};

use super::super::claims::{ActorClaim, LastValid, NodeClaim, Subject};
use super::*;
use crate::crypto::jws::{SigningKey, key_id, public_jwk};

/// 2026-11-22T05:43:00Z
const AT: Timestamp = Timestamp(1_795_326_180_000);

fn key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn keys() -> PublicKeys {
    let set = json!({ "keys": [public_jwk(key().public())] });
    PublicKeys::from_json(set.to_string().as_bytes()).unwrap()
}

fn claims() -> Claims {
    Claims {
        iss: "https://keys.example.com".to_owned(),
        iat: AT.0 / 1_000 + 60,
        instance: "1a2b3c4d".to_owned(),
        change: 7,
        at: AT,
        action: "key.disabled".to_owned(),
        subject: Subject {
            id: "key_0123456789".to_owned(),
            name: "Shop".to_owned(),
        },
        actor: ActorClaim {
            kind: "user".to_owned(),
            id: Some("usr_0123456789".to_owned()),
            name: "Ada".to_owned(),
        },
        in_force_at: AT.plus(212),
        nodes: vec![
            NodeClaim {
                id: "node_000000000a".to_owned(),
                name: "node-a".to_owned(),
                applied_at: Some(AT.plus(3)),
                refuses_at: None,
            },
            NodeClaim {
                id: "node_000000000b".to_owned(),
                name: "node-b".to_owned(),
                applied_at: None,
                refuses_at: Some(AT.plus(212)),
            },
        ],
        last_valid_at: LastValid::At(AT.plus(201)),
    }
}

fn receipt() -> String {
    key().sign(TYPE, &claims()).unwrap()
}

fn flaw(receipt: &str) -> Flaw {
    keys().check(receipt).unwrap_err()
}

/// A receipt with another header, signed by the right key all the same.
fn with_header(header: &Value, claims: &Value) -> String {
    let part = |json: &Value| URL_SAFE_NO_PAD.encode(json.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let pair = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let signature = URL_SAFE_NO_PAD.encode(pair.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

fn header() -> Value {
    json!({ "typ": TYPE, "alg": "EdDSA", "kid": key_id(key().public()) })
}

#[test]
fn a_receipt_says_what_was_signed() {
    let checked = keys().check(&format!("  {}\n", receipt())).unwrap();
    assert_eq!(checked.claims, claims());
    assert_eq!(checked.key_id, key_id(key().public()));
}

/// Checked by hand, as another program would do it: neither jsonwebtoken nor our own types take part.
#[test]
fn an_outsider_verifies_a_receipt_by_the_standards_alone() {
    let receipt = receipt();
    let [header, claims, signature] = receipt.split('.').collect::<Vec<_>>()[..] else {
        panic!("{receipt}");
    };
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).unwrap();
    let json = |part: &str| serde_json::from_slice::<Value>(&decode(part)).unwrap();
    let keys: Value = serde_json::to_value(public_jwk(key().public())).unwrap();
    assert_eq!(
        json(header),
        json!({ "typ": "latchkey-receipt+jwt", "alg": "EdDSA", "kid": keys["kid"] })
    );
    let public = decode(keys["x"].as_str().unwrap());
    let message = format!("{header}.{claims}");
    UnparsedPublicKey::new(&ED25519, &public)
        .verify(message.as_bytes(), &decode(signature))
        .unwrap();
    assert_eq!(
        json(claims),
        json!({
            "iss": "https://keys.example.com", "iat": 1_795_326_240, "instance": "1a2b3c4d", "change": 7,
            "at": "2026-11-22T05:43:00.000Z", "action": "key.disabled",
            "subject": { "id": "key_0123456789", "name": "Shop" },
            "actor": { "kind": "user", "id": "usr_0123456789", "name": "Ada" },
            "inForceAt": "2026-11-22T05:43:00.212Z",
            "nodes": [
                { "id": "node_000000000a", "name": "node-a", "appliedAt": "2026-11-22T05:43:00.003Z" },
                { "id": "node_000000000b", "name": "node-b", "refusesAt": "2026-11-22T05:43:00.212Z" },
            ],
            "lastValidAt": "2026-11-22T05:43:00.201Z",
        })
    );
}

#[test]
fn the_last_use_is_a_time_or_null_or_not_there() {
    for (last, there) in [
        (LastValid::NotSaid, None),
        (LastValid::Never, Some(Value::Null)),
        (LastValid::At(AT), Some(json!("2026-11-22T05:43:00.000Z"))),
    ] {
        let mut claims = claims();
        claims.last_valid_at = last;
        let json = serde_json::to_value(&claims).unwrap();
        assert_eq!(json.get("lastValidAt").cloned(), there, "{last:?}");
        assert_eq!(serde_json::from_value::<Claims>(json).unwrap(), claims);
    }
}

#[test]
fn a_receipt_that_was_cut_is_refused_with_the_reason() {
    assert_eq!(flaw(""), Flaw::Parts(0));
    assert_eq!(flaw("receipt"), Flaw::Parts(1));
    let receipt = receipt();
    let (message, _) = receipt.rsplit_once('.').unwrap();
    assert_eq!(flaw(message), Flaw::Parts(2));
    assert_eq!(flaw(&format!("{receipt}.")), Flaw::Parts(4));
    assert_eq!(flaw(&receipt[..receipt.len() - 4]), Flaw::Signature);
    assert_eq!(flaw(&format!("{message}.")), Flaw::Signature);
    assert_eq!(flaw(&"a".repeat(64 * 1024 + 1)), Flaw::TooLong);
    assert_eq!(flaw("!.e30.e30"), Flaw::Header);
    assert_eq!(flaw("bm8.e30.e30"), Flaw::Header);
}

#[test]
fn another_payload_or_signature_does_not_fit() {
    let receipt = receipt();
    let parts: Vec<&str> = receipt.split('.').collect();
    let mut other = claims();
    other.in_force_at = AT;
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_string(&other).unwrap());
    assert_eq!(flaw(&format!("{}.{payload}.{}", parts[0], parts[2])), Flaw::Signature);
    let mut forged = with_header(&header(), &serde_json::to_value(claims()).unwrap());
    keys().check(&forged).unwrap();
    let stranger = SigningKey::from_seed(&[8; 32]).unwrap();
    let strangers = stranger.sign(TYPE, &claims()).unwrap();
    forged.truncate(forged.rfind('.').unwrap());
    forged.push_str(&strangers[strangers.rfind('.').unwrap()..]);
    assert_eq!(flaw(&forged), Flaw::Signature);
    assert_eq!(flaw(&strangers), Flaw::UnknownKey(key_id(stranger.public())));
}

#[test]
fn another_algorithm_type_or_key_is_refused_before_the_signature() {
    let claims = serde_json::to_value(claims()).unwrap();
    for algorithm in ["none", "HS256", "RS256", "eddsa", ""] {
        let mut header = header();
        header["alg"] = json!(algorithm);
        assert_eq!(
            flaw(&with_header(&header, &claims)),
            Flaw::Algorithm(algorithm.to_owned())
        );
    }
    for kind in ["JWT", "latchkey-receipt", "LATCHKEY-RECEIPT+JWT"] {
        let mut header = header();
        header["typ"] = json!(kind);
        assert_eq!(flaw(&with_header(&header, &claims)), Flaw::Type(kind.to_owned()));
    }
    let mut without = header();
    without.as_object_mut().unwrap().remove("kid");
    assert_eq!(flaw(&with_header(&without, &claims)), Flaw::NoKeyId);
    let mut critical = header();
    critical["crit"] = json!(["exp"]);
    assert_eq!(flaw(&with_header(&critical, &claims)), Flaw::Signature);
}

/// How a test changes claims.
type Change = fn(&mut Value);

#[test]
fn claims_that_are_none_or_contradict_each_other_are_refused_with_the_reason() {
    let refused = |change: fn(&mut Value)| {
        let mut claims = serde_json::to_value(claims()).unwrap();
        change(&mut claims);
        flaw(&with_header(&header(), &claims)).to_string()
    };
    let cases: [(Change, &str); 9] = [
        (|claims| *claims = json!([]), "not those of a receipt"),
        (
            |claims| drop(claims.as_object_mut().unwrap().remove("inForceAt")),
            "inForceAt",
        ),
        (|claims| claims["at"] = json!("yesterday"), "RFC 3339"),
        (|claims| claims["change"] = json!(0), "not positive"),
        (
            |claims| claims["inForceAt"] = json!("2026-11-22T05:42:59.999Z"),
            "before it was made",
        ),
        (|claims| claims["iat"] = json!(1), "issued before"),
        (
            |claims| claims["lastValidAt"] = json!("2026-11-22T05:43:00.213Z"),
            "answered VALID after",
        ),
        (
            |claims| claims["nodes"][0]["appliedAt"] = json!("2026-11-22T05:43:00.213Z"),
            "after it was in force",
        ),
        (
            |claims| claims["nodes"][0] = json!({"id": "node_000000000a", "name": "node-a"}),
            "neither",
        ),
    ];
    for (change, why) in cases {
        let sentence = refused(change);
        assert!(
            sentence.starts_with("the signature is right") && sentence.contains(why),
            "{sentence}"
        );
    }
}

#[test]
fn a_file_without_keys_is_refused_with_the_reason() {
    let read = |json: &str| PublicKeys::from_json(json.as_bytes()).unwrap_err();
    assert!(matches!(read("no"), KeysFlaw::Json(_)));
    assert!(matches!(read("[]"), KeysFlaw::Json(_)));
    assert_eq!(read(r#"{"keys": []}"#), KeysFlaw::Empty);
    // A key that could be used with a secret is not taken for a public key.
    assert_eq!(
        read(r#"{"keys": [{"kty": "oct", "kid": "a", "k": "AQAB"}]}"#),
        KeysFlaw::Empty
    );
    assert_eq!(
        read(r#"{"keys": [{"kty": "OKP", "crv": "Ed25519", "kid": "a", "x": "AQAB"}]}"#),
        KeysFlaw::Empty
    );
}

proptest! {
    #[test]
    fn a_receipt_with_one_changed_byte_is_refused(at in 0..4_096_usize, other in any::<u8>()) {
        let receipt = receipt();
        let at = at % receipt.len();
        let mut bytes = receipt.clone().into_bytes();
        prop_assume!(bytes[at] != other);
        bytes[at] = other;
        // The command line refuses what is not text.
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(keys().check(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn a_receipt_with_one_flipped_bit_is_refused(at in 0..4_096_usize, bit in 0..8_u8) {
        let receipt = receipt();
        let at = at % receipt.len();
        let mut bytes = receipt.into_bytes();
        bytes[at] ^= 1 << bit;
        if let Ok(changed) = String::from_utf8(bytes) {
            prop_assert!(keys().check(&changed).is_err(), "{changed}");
        }
    }

    #[test]
    fn no_text_is_taken_for_a_receipt(text in any::<String>()) {
        prop_assert!(keys().check(&text).is_err());
    }
}
