//! The names of fields: the rules for forms name the fields of forms, and programs know those of the JSON.

use model::form::FormErrors;

use super::problem::FieldError;

/// The errors of a form by the names that the JSON has.
pub(super) fn field_errors(errors: &FormErrors) -> Vec<FieldError> {
    let fields = errors.fields.iter();
    fields
        .map(|(field, message)| FieldError {
            field: json_field(field).to_owned(),
            message: message.clone(),
        })
        .collect()
}

/// The field of the JSON that a form's field stands for.
pub(super) fn json_field(form_field: &str) -> &str {
    match form_field {
        "bias_profile" => "biasProfile",
        "expires" | "expires_on" | "expires_at" => "expiresAt",
        "external_id" => "externalId",
        "limit_second" => "rateLimit.second",
        "limit_minute" => "rateLimit.minute",
        "limit_day" => "rateLimit.day",
        "allowed_addresses" => "allowedAddresses",
        "endpoint" => "endpoints",
        threshold if threshold.starts_with("threshold-") => "categories",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use model::key_fields::KeyField;

    use super::*;

    #[test]
    fn every_field_of_a_key_has_a_name_in_json() {
        for field in KeyField::ALL {
            let name = json_field(field.name());
            assert!(
                name.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '.'),
                "{name} is camelCase"
            );
        }
    }
}
