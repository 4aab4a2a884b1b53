//! An event of the audit log as a sentence.

use leptos::prelude::*;
use model::audit::AuditRow;

/// Who did what to what, as a sentence. The subject links to its screen.
#[component]
pub(crate) fn Sentence(event: AuditRow) -> impl IntoView {
    let AuditRow {
        actor,
        person,
        headline,
        with_subject,
        subject_id,
        subject_name,
        subject_path,
        ..
    } = event;
    // An actor that is no person has a frame, so that no person's name looks like it.
    let actor = match person {
        Some(person) => view! { <bdi class="audit__actor">{person}</bdi> }.into_any(),
        None => view! { <span class="no-person">{actor}</span> }.into_any(),
    };
    let subject = subject_name.or(subject_id).filter(|_| with_subject);
    let subject = subject.map(|subject| match subject_path {
        Some(path) => view! {
            " "
            <a href=path>
                <bdi>{subject}</bdi>
            </a>
        }
        .into_any(),
        None => view! {
            " "
            <bdi class="audit__subject">{subject}</bdi>
        }
        .into_any(),
    });
    view! {
        {actor}
        " "
        {headline}
        {subject}
    }
}
