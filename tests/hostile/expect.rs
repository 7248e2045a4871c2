//! How each guest ends: one function a guest, named as its file. The rows are
//! data; what a row's macro does is at its definition.

mod answers;
mod capabilities;
mod computing;
mod files;
mod handles;
mod loading;
mod lowering;
mod making;
mod talking;
mod traps;
mod world;

pub use answers::*;
pub use capabilities::*;
pub use computing::*;
pub use files::*;
pub use handles::*;
pub use loading::*;
pub use lowering::*;
pub use making::*;
pub use talking::*;
pub use traps::*;
pub use world::*;

/// `guest: LoadError pattern,` — the component is refused.
macro_rules! refused {
    ($($guest:ident: $pattern:pat $(if $condition:expr)?,)*) => {
        $(pub async fn $guest(guest: $crate::hostile::Guest) {
            let error = $crate::hostile::stage::Stage::default().refusal(&guest);
            assert!(
                matches!(&error, $pattern $(if $condition)?),
                "{}: {error:?}", guest.label
            );
        })*
    };
}

/// `guest on stage: check(argument);` — what the performance comes to.
macro_rules! plays {
    ($($guest:ident on $stage:ident: $check:ident($($argument:expr),*);)*) => {
        $(pub async fn $guest(guest: $crate::hostile::Guest) {
            let stage = $crate::hostile::stage::Stage::$stage();
            stage.play(&guest).await.$check($($argument),*);
        })*
    };
}

use {plays, refused};
