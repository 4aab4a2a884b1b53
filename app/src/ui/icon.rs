//! The icons. Each is one path on a grid of 24, shown at 16 px in the colour of the text around it.

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconKind {
    Home,
    Key,
    Plus,
    Search,
    ChevronDown,
    Pause,
    Play,
    Rotate,
    Trash,
    Copy,
    Check,
    Warning,
    Lock,
    Eye,
    Close,
    LogOut,
    Info,
    Alert,
    ArrowLeft,
    ArrowRight,
    Brand,
    Spinner,
    Pencil,
    Sliders,
    Stop,
    List,
    Gear,
    EyeOff,
    Link,
    Shield,
    ShieldOff,
    Person,
    People,
    Give,
    Include,
    Exclude,
    Archive,
    Download,
    Chart,
    Code,
}

impl IconKind {
    const fn path(self) -> &'static str {
        match self {
            Self::Home => "M2.25 10 12 2.7l9.75 7.3v10.25h-6.75v-6H9v6H2.25z",
            Self::Key => {
                "M12.25 16a4.25 4.25 0 1 1-8.5 0 4.25 4.25 0 0 1 8.5 0zM11 13 19.5 4.5l2.1 2.3M15.4 8.6l2.1 2.3"
            }
            Self::Plus => "M12 4.5v15M4.5 12h15",
            Self::Search => "M18.75 11.25a7.5 7.5 0 1 1-15 0 7.5 7.5 0 0 1 15 0zM16.6 16.6l4.4 4.4",
            Self::ChevronDown => "M6.75 9.75 12 15l5.25-5.25",
            Self::Pause => "M8.25 5.25v13.5M15.75 5.25v13.5",
            Self::Play => "M7.5 5.25v13.5L18.75 12z",
            Self::Rotate => "M19.9 13.5A8.1 8.1 0 1 1 18 6.4l2.25 1.85M20.25 3.75v4.5h-4.5",
            Self::Trash => "M3.75 6.75h16.5M9 6.75v-3h6v3M6 6.75l.9 13.5h10.2L18 6.75",
            Self::Copy => {
                "M9.75 8.25h9a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5h-9a1.5 1.5 0 0 1-1.5-1.5v-9a1.5 1.5 0 0 1 1.5-1.5zM5.25 15.75a1.5 1.5 0 0 1-1.5-1.5v-9a1.5 1.5 0 0 1 1.5-1.5h9a1.5 1.5 0 0 1 1.5 1.5"
            }
            Self::Check => "M5.25 12.75 9.75 17.25l9-10.5",
            Self::Warning => "M12 4.2 21 19.5H3zM12 10v4.2M12 16.9h.01",
            Self::Lock => {
                "M6 10.5h12a1.5 1.5 0 0 1 1.5 1.5v6.75a1.5 1.5 0 0 1-1.5 1.5H6a1.5 1.5 0 0 1-1.5-1.5V12A1.5 1.5 0 0 1 6 10.5zM8.25 10.5v-3a3.75 3.75 0 0 1 7.5 0v3"
            }
            Self::Eye => {
                "M2.25 12S5.6 5.6 12 5.6 21.75 12 21.75 12 18.4 18.4 12 18.4 2.25 12 2.25 12zM14.7 12a2.7 2.7 0 1 1-5.4 0 2.7 2.7 0 0 1 5.4 0z"
            }
            Self::Close => "M6 6l12 12M18 6 6 18",
            Self::LogOut => {
                "M9.75 20.25h-4.5a1.5 1.5 0 0 1-1.5-1.5V5.25a1.5 1.5 0 0 1 1.5-1.5h4.5M15.75 16.5l4.5-4.5-4.5-4.5M20.25 12H9.75"
            }
            Self::Info => "M20.25 12a8.25 8.25 0 1 1-16.5 0 8.25 8.25 0 0 1 16.5 0zM12 11.25v4.8M12 7.8h.01",
            Self::Alert => "M20.25 12a8.25 8.25 0 1 1-16.5 0 8.25 8.25 0 0 1 16.5 0zM12 7.5v5.25M12 16.2h.01",
            Self::ArrowLeft => "M20.25 12H3.75M10.5 5.25 3.75 12l6.75 6.75",
            Self::ArrowRight => "M3.75 12h16.5M13.5 5.25 20.25 12l-6.75 6.75",
            Self::Brand => {
                "M12.25 16.5a4.75 4.75 0 1 1-9.5 0 4.75 4.75 0 0 1 9.5 0zM10.9 13.1 20 4l2.2 2.5M15.5 8.5l2.3 2.6"
            }
            Self::Pencil => {
                "M4.5 19.5l1-4.25L16.5 4.25a1.8 1.8 0 0 1 2.55 0l.7.7a1.8 1.8 0 0 1 0 2.55L8.75 18.5zM14.25 6.5l3.25 3.25"
            }
            Self::Sliders => {
                "M3.75 6h9M17.25 6h3M3.75 12h3M11.25 12h9M3.75 18h10.5M18.75 18h1.5M15 4.5v3M9 10.5v3M16.5 16.5v3"
            }
            Self::Stop => "M6.75 6.75h10.5v10.5H6.75z",
            Self::List => "M8.25 6.75h12M8.25 12h12M8.25 17.25h12M4.1 6.75h.01M4.1 12h.01M4.1 17.25h.01",
            Self::Gear => {
                "M15 12a3 3 0 1 1-6 0 3 3 0 0 1 6 0zM12 3v3M12 18v3M3 12h3M18 12h3M5.64 5.64l2.1 2.1M16.26 16.26l2.1 2.1M5.64 18.36l2.1-2.1M16.26 7.74l2.1-2.1"
            }
            Self::EyeOff => {
                "M4.5 4.5l15 15M9.9 5.8a9.6 9.6 0 0 1 2.1-.2c6.4 0 9.75 6.4 9.75 6.4a17 17 0 0 1-2.9 3.7M14 14a2.7 2.7 0 0 1-3.9-3.8M6.5 7.6A16.6 16.6 0 0 0 2.25 12S5.6 18.4 12 18.4c1.6 0 3-.4 4.2-1"
            }
            Self::Link => {
                "M10 14a3.75 3.75 0 0 0 5.3 0l3.6-3.6a3.75 3.75 0 0 0-5.3-5.3l-1.5 1.5M14 10a3.75 3.75 0 0 0-5.3 0l-3.6 3.6a3.75 3.75 0 0 0 5.3 5.3l1.5-1.5"
            }
            Self::Shield => "M12 3l7.5 3v5.25c0 4.5-3 7.9-7.5 9.75-4.5-1.85-7.5-5.25-7.5-9.75V6z",
            Self::ShieldOff => {
                "M12 3l7.5 3v5.25c0 4.5-3 7.9-7.5 9.75-4.5-1.85-7.5-5.25-7.5-9.75V6zM9.75 9.4l4.5 4.5M14.25 9.4l-4.5 4.5"
            }
            Self::Person => {
                "M15.75 8.25a3.75 3.75 0 1 1-7.5 0 3.75 3.75 0 0 1 7.5 0zM4.5 20.25c.6-4 3.6-6 7.5-6s6.9 2 7.5 6"
            }
            Self::People => {
                "M13 8.25a3.5 3.5 0 1 1-7 0 3.5 3.5 0 0 1 7 0zM2.75 19.5c.5-3.5 3-5.25 6.75-5.25s6.25 1.75 6.75 5.25M16 5a3.5 3.5 0 0 1 0 6.5M18.5 14.75c1.6.7 2.5 2.3 2.75 4.75"
            }
            Self::Give => "M4.5 8.25h14.25M15 4.5l3.75 3.75L15 12M19.5 15.75H5.25M9 12l-3.75 3.75L9 19.5",
            Self::Include => "M20.25 12a8.25 8.25 0 1 1-16.5 0 8.25 8.25 0 0 1 16.5 0zM8.25 12h7.5M12 8.25v7.5",
            Self::Exclude => "M20.25 12a8.25 8.25 0 1 1-16.5 0 8.25 8.25 0 0 1 16.5 0zM8.25 12h7.5",
            Self::Archive => "M3.75 4.5h16.5V9H3.75zM5.25 9v10.5h13.5V9M9.75 12.75h4.5",
            Self::Download => "M12 3.75v11.5M7.5 11l4.5 4.5 4.5-4.5M4.5 20.25h15",
            Self::Chart => "M3.75 4.5v15.75h16.5M8.25 16.5v-4.5M12.75 16.5V8.25M17.25 16.5v-6",

            Self::Code => "M8.25 7.5 3.75 12l4.5 4.5M15.75 7.5l4.5 4.5-4.5 4.5M13.5 5.25l-3 13.5",
            Self::Spinner => "M12 3.75A8.25 8.25 0 1 1 3.75 12",
        }
    }
}

/// An icon, which is only decoration: the control around it has the accessible name.
#[component]
pub fn Icon(kind: IconKind) -> impl IntoView {
    let class = if kind == IconKind::Spinner { "icon spin" } else { "icon" };
    view! {
        <svg
            class=class
            width="16"
            height="16"
            viewBox="0 0 24 24"
            aria-hidden="true"
            focusable="false"
        >
            <path d=kind.path()></path>
        </svg>
    }
}
