//! The icons, shown at 16 px in the colour of the text around them. The style sheet has their drawings, so that neither the WASM nor the
//! HTML contains them.

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
    /// Its name in `style/components/icons.css` or `settings-icons.css`, which have the drawings.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Key => "key",
            Self::Plus => "plus",
            Self::Search => "search",
            Self::ChevronDown => "chevron-down",
            Self::Pause => "pause",
            Self::Play => "play",
            Self::Rotate => "rotate",
            Self::Trash => "trash",
            Self::Copy => "copy",
            Self::Check => "check",
            Self::Warning => "warning",
            Self::Lock => "lock",
            Self::Eye => "eye",
            Self::Close => "close",
            Self::LogOut => "log-out",
            Self::Info => "info",
            Self::Alert => "alert",
            Self::ArrowLeft => "arrow-left",
            Self::ArrowRight => "arrow-right",
            Self::Brand => "brand",
            Self::Spinner => "spinner",
            Self::Pencil => "pencil",
            Self::Sliders => "sliders",
            Self::Stop => "stop",
            Self::List => "list",
            Self::Gear => "gear",
            Self::EyeOff => "eye-off",
            Self::Link => "link",
            Self::Shield => "shield",
            Self::ShieldOff => "shield-off",
            Self::Person => "person",
            Self::People => "people",
            Self::Give => "give",
            Self::Include => "include",
            Self::Exclude => "exclude",
            Self::Archive => "archive",
            Self::Download => "download",
            Self::Chart => "chart",
            Self::Code => "code",
        }
    }
}

/// An icon, which is only decoration: the control around it has the accessible name.
#[component]
pub fn Icon(kind: IconKind) -> impl IntoView {
    let class = if kind == IconKind::Spinner { "icon spin" } else { "icon" };
    view! { <i class=class data-icon=kind.name() aria-hidden="true"></i> }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: &str = concat!(
        include_str!("../../../style/components/icons.css"),
        include_str!("../../../style/components/settings-icons.css")
    );

    /// All kinds, by the order of the enum.
    const ALL: [IconKind; 40] = [
        IconKind::Home,
        IconKind::Key,
        IconKind::Plus,
        IconKind::Search,
        IconKind::ChevronDown,
        IconKind::Pause,
        IconKind::Play,
        IconKind::Rotate,
        IconKind::Trash,
        IconKind::Copy,
        IconKind::Check,
        IconKind::Warning,
        IconKind::Lock,
        IconKind::Eye,
        IconKind::Close,
        IconKind::LogOut,
        IconKind::Info,
        IconKind::Alert,
        IconKind::ArrowLeft,
        IconKind::ArrowRight,
        IconKind::Brand,
        IconKind::Spinner,
        IconKind::Pencil,
        IconKind::Sliders,
        IconKind::Stop,
        IconKind::List,
        IconKind::Gear,
        IconKind::EyeOff,
        IconKind::Link,
        IconKind::Shield,
        IconKind::ShieldOff,
        IconKind::Person,
        IconKind::People,
        IconKind::Give,
        IconKind::Include,
        IconKind::Exclude,
        IconKind::Archive,
        IconKind::Download,
        IconKind::Chart,
        IconKind::Code,
    ];

    #[test]
    fn every_icon_has_a_drawing() {
        for (index, kind) in ALL.into_iter().enumerate() {
            assert_eq!(kind as usize, index);
            let rule = format!("\n[data-icon=\"{}\"] {{ --icon: url(", kind.name());
            assert_eq!(STYLE.matches(&rule).count(), 1, "{rule}");
        }
        assert_eq!(
            STYLE.matches("\n[data-icon=").count(),
            ALL.len(),
            "a drawing without a kind"
        );
    }
}
