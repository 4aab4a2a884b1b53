//! What gateways send to the verifier and get from it, for the description of the API. The verifier itself reads and writes the
//! types of `model::verify`, which copy nothing; a test compares the two.

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::values::Time;

/// A key, and either an endpoint's name or a method and a path.
#[derive(Debug, ToSchema)]
#[schema(as = VerifyRequest, example = json!({"key": "sk_live_…", "endpoint": "chat"}))]
#[expect(dead_code, reason = "only its schema is used")]
pub(in crate::http) struct VerifyBody {
    /// The token.
    #[schema(format = Password)]
    key: String,
    endpoint: Option<String>,
    method: Option<String>,
    path: Option<String>,
    /// The client's address, for keys that may be used from certain addresses only.
    ip: Option<String>,
    /// The answer must know at least this change.
    #[schema(rename = "minChange", minimum = 0)]
    min_change: Option<i64>,
}

/// The decision. The fields about the key are null where it is not known.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = VerifyResponse)]
pub(in crate::http) struct VerifyAnswer {
    valid: bool,
    /// `VALID`, `NOT_FOUND`, `PROVISIONING`, `INACTIVE`, `EXPIRED`, `FAILED`, `SUSPENDED`, `FORBIDDEN`, `ADDRESS_NOT_ALLOWED` or
    /// `RATE_LIMITED`.
    #[schema(example = "VALID")]
    code: String,
    #[schema(required = true, example = "key_8fQ2nLw0Zz")]
    key_id: Option<String>,
    #[schema(required = true, example = "Shop")]
    name: Option<String>,
    #[schema(required = true, example = "default")]
    environment: Option<String>,
    #[schema(required = true, example = "chat")]
    endpoint: Option<String>,
    #[schema(required = true)]
    expires_at: Option<Time>,
    /// The bias profile of the key, in the version in force.
    #[schema(required = true)]
    bias_profile: Option<BiasProfile>,
    /// Left out where the key belongs to no customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<VerifiedCustomer>,
    /// The key's metadata; left out where it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// The customer to whom a key belongs.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::http) struct VerifiedCustomer {
    #[schema(example = "cus_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "acme-7")]
    external_id: String,
    name: String,
    /// Null where it has none.
    #[schema(value_type = Option<Object>, required = true)]
    metadata: Option<Box<RawValue>>,
}

/// A bias profile as gateways get it: only the categories that are on.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BiasProfileInForce)]
pub(in crate::http) struct BiasProfile {
    #[schema(example = "prof_8fQ2nLw0Zz")]
    id: String,
    #[schema(example = "Strict")]
    name: String,
    #[schema(example = 3)]
    version: i64,
    categories: Vec<BiasCategory>,
}

/// A category with its threshold and its action.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BiasCategoryInForce)]
pub(in crate::http) struct BiasCategory {
    #[schema(example = "gender")]
    category: String,
    #[schema(example = 30)]
    threshold: u8,
    #[schema(example = "block")]
    action: String,
}

/// A refused request under `/v1` (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
pub(in crate::http) struct VerifierProblem {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    #[schema(example = "about:blank")]
    kind: String,
    /// The phrase of the HTTP status.
    #[schema(example = "Forbidden")]
    title: String,
    /// The HTTP status.
    #[schema(example = 403)]
    status: u16,
    /// Stable, for programs.
    #[schema(example = "ERR_NO_PERMISSION")]
    code: String,
    /// A sentence for people.
    #[schema(example = "Access to image endpoint is denied for this key.")]
    detail: String,
    /// The endpoint that was asked for, where it is known.
    #[schema(required = true)]
    endpoint: Option<String>,
}

#[cfg(test)]
mod tests {
    use model::verify::{Code, CustomerInAnswer, VerifyResponse};
    use serde_json::Value;

    use super::*;

    fn names(value: &impl Serialize) -> Vec<String> {
        let json = serde_json::to_value(value).unwrap();
        json.as_object().unwrap().keys().cloned().collect()
    }

    #[test]
    fn the_described_answer_has_the_fields_of_the_real_one() {
        let raw = RawValue::from_string("{}".to_owned()).unwrap();
        let real = VerifyResponse {
            valid: false,
            code: Code::NotFound,
            key_id: None,
            name: None,
            environment: None,
            endpoint: None,
            expires_at: None,
            bias_profile: None,
            customer: Some(CustomerInAnswer {
                id: "",
                external_id: "",
                name: "",
                metadata: None,
            }),
            metadata: Some(&raw),
        };
        let described = VerifyAnswer {
            valid: false,
            code: Code::NotFound.as_str().to_owned(),
            key_id: None,
            name: None,
            environment: None,
            endpoint: None,
            expires_at: None,
            bias_profile: None,
            customer: Some(VerifiedCustomer {
                id: String::new(),
                external_id: String::new(),
                name: String::new(),
                metadata: None,
            }),
            metadata: Some(raw.clone()),
        };
        assert_eq!(names(&real), names(&described));
        assert_eq!(names(&real.customer), names(&described.customer));
        let code = serde_json::to_value(&described).unwrap();
        assert_eq!(code["code"], Value::from("NOT_FOUND"));
    }

    #[test]
    fn every_code_is_described() {
        let json: Value = serde_json::from_str(super::super::description()).unwrap();
        let about = json["components"]["schemas"]["VerifyResponse"]["properties"]["code"]["description"].to_string();
        for code in Code::ALL {
            assert!(about.contains(&format!("`{}`", code.as_str())), "{code:?} in {about}");
        }
    }
}
