//! Requests with a key in four languages, and the line of a `.env` file.

use super::{API, SnippetContext, TOKEN_VARIABLE};

/// The request to the API, and the question that a gateway would ask about it, which works at once.
pub(super) fn curl(context: &SnippetContext<'_>) -> String {
    let SnippetContext {
        origin, method, path, ..
    } = context;
    // With `-X HEAD`, curl would wait for a body.
    let method = match *method {
        "GET" => String::new(),
        "HEAD" => "--head ".to_owned(),
        method => format!("-X {method} "),
    };
    let header = format!("  -H \"Authorization: Bearer ${TOKEN_VARIABLE}\"");
    format!(
        "curl {method}{} \\\n{header}\n\n\
         # What a gateway is told about this request:\n\
         curl -i {method}{} \\\n{header}",
        shell_word(&format!("{API}{path}")),
        shell_word(&format!("{origin}/v1/authorize{path}")),
    )
}

pub(super) fn javascript(context: &SnippetContext<'_>) -> String {
    format!(
        "const answer = await fetch({}, {{\n  method: {},\n  headers: {{ Authorization: `Bearer ${{process.env.{TOKEN_VARIABLE}}}` }},\n}});\n\
         console.log(answer.status, await answer.text());",
        quoted(&format!("{API}{}", context.path)),
        quoted(context.method),
    )
}

pub(super) fn python(context: &SnippetContext<'_>) -> String {
    format!(
        "import os\nimport urllib.request\n\nrequest = urllib.request.Request(\n    {},\n    method={},\n    \
         headers={{\"Authorization\": f\"Bearer {{os.environ['{TOKEN_VARIABLE}']}}\"}},\n)\n\
         with urllib.request.urlopen(request) as answer:\n    print(answer.status, answer.read().decode())",
        quoted(&format!("{API}{}", context.path)),
        quoted(context.method),
    )
}

pub(super) fn go(context: &SnippetContext<'_>) -> String {
    format!(
        "package main\n\nimport (\n\t\"fmt\"\n\t\"log\"\n\t\"net/http\"\n\t\"os\"\n)\n\nfunc main() {{\n\t\
         request, err := http.NewRequest({}, {}, nil)\n\tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\t\
         request.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"{TOKEN_VARIABLE}\"))\n\t\
         answer, err := http.DefaultClient.Do(request)\n\tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\t\
         defer answer.Body.Close()\n\tfmt.Println(answer.Status)\n}}",
        quoted(context.method),
        quoted(&format!("{API}{}", context.path)),
    )
}

pub(super) fn dot_env(context: &SnippetContext<'_>) -> String {
    match context.token {
        Some(token) => format!("{TOKEN_VARIABLE}={}", env_value(token)),
        None => format!("# The token was shown once, when it was made. Put it behind the sign =.\n{TOKEN_VARIABLE}="),
    }
}

/// A value as `.env` files are read: in quotation marks unless it is letters and digits. A token of ours is.
fn env_value(text: &str) -> String {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if plain { text.to_owned() } else { quoted(text) }
}

/// A text in double quotation marks, as all three languages read it.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// A text as one word of a shell.
fn shell_word(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-._~:/@%+,=".contains(letter);
    if text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONTEXT: SnippetContext<'_> = SnippetContext {
        origin: "http://127.0.0.1:3000",
        method: "POST",
        path: "/api/v1/chat/completions",
        token: None,
    };

    #[test]
    fn a_request_in_each_language() {
        assert_eq!(
            curl(&CONTEXT),
            r#"curl -X POST https://api.example.com/api/v1/chat/completions \
  -H "Authorization: Bearer $LATCHKEY_TOKEN"

# What a gateway is told about this request:
curl -i -X POST http://127.0.0.1:3000/v1/authorize/api/v1/chat/completions \
  -H "Authorization: Bearer $LATCHKEY_TOKEN""#
        );
        assert_eq!(
            javascript(&CONTEXT),
            r#"const answer = await fetch("https://api.example.com/api/v1/chat/completions", {
  method: "POST",
  headers: { Authorization: `Bearer ${process.env.LATCHKEY_TOKEN}` },
});
console.log(answer.status, await answer.text());"#
        );
        assert_eq!(
            python(&CONTEXT),
            r#"import os
import urllib.request

request = urllib.request.Request(
    "https://api.example.com/api/v1/chat/completions",
    method="POST",
    headers={"Authorization": f"Bearer {os.environ['LATCHKEY_TOKEN']}"},
)
with urllib.request.urlopen(request) as answer:
    print(answer.status, answer.read().decode())"#
        );
        assert_eq!(
            go(&CONTEXT),
            r#"package main

import (
	"fmt"
	"log"
	"net/http"
	"os"
)

func main() {
	request, err := http.NewRequest("POST", "https://api.example.com/api/v1/chat/completions", nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+os.Getenv("LATCHKEY_TOKEN"))
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	defer answer.Body.Close()
	fmt.Println(answer.Status)
}"#
        );
    }

    #[test]
    fn a_path_with_special_characters_stays_one_word() {
        let context = SnippetContext {
            method: "GET",
            path: "/it's/$1",
            ..CONTEXT
        };
        assert!(curl(&context).starts_with(r"curl 'https://api.example.com/it'\''s/$1' \"));
        let head = SnippetContext {
            method: "HEAD",
            ..CONTEXT
        };
        assert!(curl(&head).starts_with("curl --head https://"));
        let context = SnippetContext {
            path: r#"/a"b\c"#,
            ..CONTEXT
        };
        assert!(go(&context).contains(r#""https://api.example.com/a\"b\\c""#));
    }

    #[test]
    fn the_line_of_an_env_file_is_read_back_as_the_token() {
        let with = |token| {
            dot_env(&SnippetContext {
                token: Some(token),
                ..CONTEXT
            })
        };
        assert_eq!(with("sk_live_0aZ"), "LATCHKEY_TOKEN=sk_live_0aZ");
        assert_eq!(with("a b#c"), "LATCHKEY_TOKEN=\"a b#c\"");
        assert!(dot_env(&CONTEXT).ends_with("\nLATCHKEY_TOKEN="));
    }
}
