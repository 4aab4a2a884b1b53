//! The problem of an import of which some lines are refused. Then nothing is written.

use model::form::FormErrors;

use super::fields::field_errors;
use super::problem::{FieldError, Problem, ProblemCode};

/// The problem of these lines, each with its place from 1 and with what is wrong with it. `list` is the field that has them.
pub(super) fn refused_import<'a>(
    code: ProblemCode,
    list: &str,
    lines: impl ExactSizeIterator<Item = (usize, Option<&'a FormErrors>)>,
) -> Problem {
    let all = lines.len();
    let (mut refused, mut errors) = (0, Vec::new());
    for (line, found) in lines {
        let Some(found) = found else { continue };
        refused += 1;
        errors.extend(field_errors(found).into_iter().map(|error| FieldError {
            field: format!("{list}[{}].{}", line - 1, error.field),
            message: error.message,
        }));
    }
    let detail = format!("{refused} of {all} {list} cannot be imported. Nothing was written.");
    Problem {
        errors,
        ..Problem::new(code, detail)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_mistake_is_told_with_its_line_and_its_field() {
        let limit = FormErrors::at("limit_day", "Write a number.");
        let problem = refused_import(ProblemCode::Invalid, "keys", [(1, None), (2, Some(&limit))].into_iter());
        assert_eq!(problem.detail, "1 of 2 keys cannot be imported. Nothing was written.");
        let told: Vec<_> = problem.errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(told, ["keys[1].rateLimit.day"]);
    }
}
