//! The methods and paths of an endpoint. If there are many, they are folded.

use leptos::prelude::*;
use model::endpoint::{Pattern, by_path};

use super::copy::copy_icon;
use super::fold::Fold;

/// How many lines are shown first.
const SHOWN: usize = 3;

/// One line for each path, with its methods.
#[expect(clippy::needless_pass_by_value, reason = "a component owns its properties")]
#[component]
pub(crate) fn Patterns(
    patterns: Vec<Pattern>,
    /// The id of these lines, for a control that they describe.
    #[prop(optional, into)]
    id: Option<String>,
    /// Whether each path can be copied.
    #[prop(optional)]
    copies: bool,
) -> impl IntoView {
    let line = |(methods, path): (String, &str)| {
        let line = format!("{methods} {path}");
        view! {
            <li title=line.clone()>
                {line.clone()}
                {copies.then(|| copy_icon(path))}
            </li>
        }
    };
    let mut lines = by_path(&patterns).into_iter().map(line).collect::<Vec<_>>();
    // One more line needs no more space than the words that would replace it.
    let folded = (lines.len() > SHOWN + 1).then(|| lines.split_off(SHOWN));
    view! {
        <div class="patterns mono" id=id>
            <ul role="list">{lines}</ul>
            {folded.map(|folded| view! { <Fold words=format!("and {} more paths", folded.len())>{folded}</Fold> })}
        </div>
    }
}
