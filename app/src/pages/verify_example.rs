//! A request to the verifier that works as it stands. It does not contain the token, since shells keep a history.

use leptos::prelude::*;

use crate::shared::Shared;
use crate::ui::copy_block::CopyBlock;

/// A curl line that asks whether the key in `$LATCHKEY_TOKEN` may call the endpoint.
#[component]
pub(crate) fn VerifyExample(
    #[prop(into)] endpoint: String,
    /// The id of the line.
    id: &'static str,
    #[prop(default = "token")] class: &'static str,
) -> impl IntoView {
    let shared = Shared::of_context();
    view! {
        <Suspense fallback=|| ()>
            {move || {
                let endpoint = endpoint.clone();
                Suspend::new(async move {
                    let origin = shared.frame.await.map(|frame| frame.origin).unwrap_or_default();
                    let text = curl_line(&origin, &endpoint);
                    view! { <CopyBlock id class label="Example request" what="curl line" text/> }
                })
            }}
        </Suspense>
    }
}

fn curl_line(origin: &str, endpoint: &str) -> String {
    let body = format!(r#"{{\"key\": \"$LATCHKEY_TOKEN\", \"endpoint\": \"{endpoint}\"}}"#);
    format!("curl {origin}/v1/keys/verify \\\n  -d \"{body}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shell_puts_the_token_into_the_line() {
        let line = curl_line("https://keys.example.com", "chat");
        let body = r#"  -d "{\"key\": \"$LATCHKEY_TOKEN\", \"endpoint\": \"chat\"}""#;
        assert_eq!(line, format!("curl https://keys.example.com/v1/keys/verify \\\n{body}"));
    }
}
