//! What GitHub switched off, by its own announcements. Data: a row more needs
//! no code, unless its successor does something otherwise.

/// What differs in a successor, so that a step has to be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Differs {
    Nothing,
    /// An artifact's name is taken once a run, and hidden files are left out.
    Uploads,
}

/// Actions that only work together: what one stores the other fetches.
pub(super) struct Family {
    pub actions: &'static [Successor],
    /// The announcement: its day and its address.
    pub source: &'static str,
}

/// An action, its last major version that is switched off, and the next.
pub(super) struct Successor {
    pub action: &'static str,
    /// The oldest version that takes the same inputs as the next.
    pub from: u32,
    /// The newest that is switched off.
    pub until: u32,
    pub next: u32,
    pub differs: Differs,
}

const fn successor(action: &'static str, from: u32, until: u32, next: u32) -> Successor {
    let differs = Differs::Nothing;
    Successor {
        action,
        from,
        until,
        next,
        differs,
    }
}

pub(super) static FAMILIES: &[Family] = &[
    Family {
        actions: &[
            Successor {
                differs: Differs::Uploads,
                ..successor("actions/upload-artifact", 2, 3, 4)
            },
            successor("actions/download-artifact", 2, 3, 4),
            // They store by upload-artifact.
            successor("actions/upload-pages-artifact", 2, 2, 3),
            successor("actions/deploy-pages", 2, 3, 4),
        ],
        source: "2024-04-16, github.blog/changelog/2024-04-16-deprecation-notice-v3-of-the-artifact-actions",
    },
    Family {
        actions: &[
            successor("actions/cache", 2, 2, 4),
            successor("actions/cache/save", 2, 2, 4),
            successor("actions/cache/restore", 2, 2, 4),
        ],
        source: "2024-12-05, github.blog/changelog/2024-12-05-notice-of-upcoming-releases-and-breaking-changes-for-github-actions",
    },
];

/// A runner image: its label, its title in GitHub's words, the next of the
/// same kind and processor, and the announcement.
pub(super) struct Image {
    pub label: &'static str,
    pub title: &'static str,
    pub next: &'static str,
    pub source: &'static str,
}

const fn image(
    label: &'static str,
    title: &'static str,
    next: &'static str,
    source: &'static str,
) -> Image {
    Image {
        label,
        title,
        next,
        source,
    }
}

pub(super) static IMAGES: &[Image] = &[
    image(
        "ubuntu-18.04",
        "Ubuntu 18.04",
        "ubuntu-22.04",
        "2022-08-09, github.com/actions/runner-images/issues/6002",
    ),
    image(
        "ubuntu-20.04",
        "Ubuntu 20.04",
        "ubuntu-22.04",
        "2025-01-15, github.com/actions/runner-images/issues/11101",
    ),
    image(
        "windows-2016",
        "Windows 2016",
        "windows-2022",
        "2021-10-19, github.com/actions/runner-images/issues/4312",
    ),
    image(
        "windows-2019",
        "Windows 2019",
        "windows-2022",
        "2025-04-15, github.com/actions/runner-images/issues/12045",
    ),
    // Later images without a suffix have another processor.
    image(
        "macos-11",
        "macOS 11",
        "macos-15-intel",
        "2024-05-20, github.com/actions/runner-images/issues/9255",
    ),
    image(
        "macos-12",
        "macOS 12",
        "macos-15-intel",
        "2024-10-07, github.com/actions/runner-images/issues/10721",
    ),
    image(
        "macos-13",
        "macOS 13",
        "macos-15-intel",
        "2025-09-19, github.com/actions/runner-images/issues/13046",
    ),
];
