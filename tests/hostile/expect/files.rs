//! Files: paths that leave the tree, writing, reading where nothing is. That
//! nothing changed is checked after every guest.

use super::plays;
use crate::hostile::stage::Ending::Trap;
use crate::hostile::stage::Phase::Execute;

plays! {
    path_that_goes_up on default: errs("not-permitted");
    path_that_goes_up_inside on default: errs("not-permitted");
    path_that_is_absolute on default: errs("not-permitted");
    path_to_a_device on default: errs("not-permitted");
    path_to_the_process on default: errs("not-permitted");
    link_out_of_the_tree on default: errs("loop");
    link_to_the_parent on default: errs("loop");
    reads_a_link on default: errs("not-permitted");
    path_with_a_nul on default: errs("invalid");
    path_with_backslashes on default: errs("no-entry");
    path_of_nothing on default: errs("no-entry");
    path_of_sixty_thousand_parts on default: errs("name-too-long");
    path_that_is_not_text on default: ends(Trap(Execute, "invalid utf-8"));
    // The directory it has already, under another name.
    path_of_dots on default: says("ok");
}

plays! {
    opens_for_writing on default: errs("read-only");
    creates_a_file on default: errs("read-only");
    truncates_a_file on default: errs("read-only");
    writes_to_a_file on default: errs("read-only");
    writes_by_stream on default: errs("read-only");
    appends_by_stream on default: errs("read-only");
    resizes_a_file on default: errs("read-only");
    sets_a_files_times on default: errs("read-only");
    creates_a_directory on default: errs("read-only");
    removes_a_directory on default: errs("read-only");
    removes_a_file on default: errs("read-only");
    renames_a_file on default: errs("read-only");
    links_a_file on default: errs("read-only");
    makes_a_link on default: errs("read-only");
}

plays! {
    // Advice about what never changes is taken, whatever it is.
    // No bytes, and 100 for the end of the file.
    reads_past_the_end on default: says("100");
    reads_at_the_last_offset on default: says("100");
    advises_beyond_the_end on default: says("ok");
    // The file has ten bytes.
    reads_everything_at_once on default: says("10");
    streams_everything_at_once on default: says("10");
    skips_everything on default: says("10");
    splices_everything on default: says("10");
    // Closed: case 1 of a stream's error.
    streams_from_beyond on default: says("1");
}
