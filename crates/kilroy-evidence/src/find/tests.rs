use super::*;

const LOG: &[u8] = b"ElfFile\0";

fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (name, content) in files {
        let path = root.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    root
}

/// What was found in folders of a tree: the path shown and what it is.
fn found(root: &tempfile::TempDir, inputs: &[&str]) -> Vec<(String, Result<Format, NotEvidence>)> {
    let inputs: Vec<PathBuf> = inputs.iter().map(|i| root.path().join(i)).collect();
    find(&inputs).unwrap().into_iter().map(|f| (f.shown, f.kind)).collect()
}

fn shown(root: &tempfile::TempDir, inputs: &[&str]) -> Vec<String> {
    found(root, inputs).into_iter().map(|f| f.0).collect()
}

#[test]
fn all_files_are_found_by_content_and_sorted_by_what_is_shown() {
    let root = tree(&[
        ("in/b.evtx", b""),
        ("in/B.txt", LOG),
        ("in/a/z", LOG),
        ("in/a-", b"PK\x03\x04"),
        ("in/\u{c548}\u{b155}.evtx", &[0; 10]),
    ]);
    let got = found(&root, &["in"]);
    // Byte order: `-` before `/`, capital letters before small ones.
    assert_eq!(
        got,
        [
            ("in/B.txt".to_owned(), Ok(Format::Evtx)),
            ("in/a-".to_owned(), Err(NotEvidence::NotEvtx(crate::LooksLike::Later("a ZIP archive")))),
            ("in/a/z".to_owned(), Ok(Format::Evtx)),
            ("in/b.evtx".to_owned(), Err(NotEvidence::Empty)),
            ("in/\u{c548}\u{b155}.evtx".to_owned(), Err(NotEvidence::Zeros)),
        ]
    );
    let sizes: Vec<u64> = find(&[root.path().join("in")]).unwrap().iter().map(|f| f.size).collect();
    assert_eq!(sizes, [8, 4, 8, 0, 10]);
}

#[test]
fn an_empty_folder_is_no_error_and_a_missing_one_is() {
    let root = tree(&[("in/a", LOG)]);
    fs::create_dir(root.path().join("empty")).unwrap();
    assert_eq!(found(&root, &["empty"]), []);
    assert_eq!(found(&root, &[]), []);
    let error =
        find(&[root.path().join("in"), root.path().join("nowhere"), root.path().join("in/a/b")]).unwrap_err();
    let text = error.to_string();
    assert!(text.starts_with("no such file or folder: ") && text.contains("nowhere"), "{text}");
    assert!(text.contains(&root.path().join("in/a/b").display().to_string()), "{text}");
}

#[test]
fn overlapping_inputs_give_each_file_once_in_any_order() {
    let root = tree(&[("in/sub/a", LOG), ("in/b", LOG)]);
    for inputs in
        [&["in", "in/sub"][..], &["in/sub", "in"], &["in/sub/a", "in", "in"], &["in/b", "in/sub/..", "in"]]
    {
        assert_eq!(shown(&root, inputs), ["in/b", "in/sub/a"], "{inputs:?}");
    }
}

#[test]
fn inputs_of_one_name_are_told_apart() {
    let root = tree(&[("h1/Logs/a", LOG), ("h2/Logs/a", LOG)]);
    assert_eq!(shown(&root, &["h1/Logs", "h2/Logs"]), ["h1/Logs/a", "h2/Logs/a"]);
    assert_eq!(shown(&root, &["h1/Logs/a"]), ["a"]);
}

#[test]
fn a_deep_tree_is_walked_to_its_end() {
    let deep = format!("in/{}x", "folder/".repeat(300));
    let root = tree(&[(&deep, LOG)]);
    assert_eq!(shown(&root, &["in"]), [deep]);
}

#[cfg(unix)]
mod unix {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn links_neither_loop_nor_double() {
        let root = tree(&[("in/file", LOG), ("in/sub/x", LOG), ("outside/y", LOG), ("outside/z", LOG)]);
        let at = |name: &str| root.path().join(name);
        symlink(at("in"), at("in/sub/loop")).unwrap();
        symlink(at("in/file"), at("in/a-link")).unwrap();
        symlink(at("outside/y"), at("in/y-link")).unwrap();
        symlink(at("outside/y"), at("in/y-link2")).unwrap();
        symlink(at("nowhere"), at("in/broken")).unwrap();
        symlink("self", at("in/self")).unwrap();
        symlink(at("in"), at("by-link")).unwrap();
        let got = found(&root, &["in"]);
        let names: Vec<&str> = got.iter().map(|f| f.0.as_str()).collect();
        assert_eq!(names, ["in/broken", "in/file", "in/self", "in/sub/loop", "in/sub/x", "in/y-link"]);
        let why = |i: usize| got[i].1.as_ref().unwrap_err().to_string();
        assert!(why(0).contains("leads nowhere"), "{}", why(0));
        assert!(why(2).contains("loop"), "{}", why(2));
        assert_eq!(got[3].1, Err(NotEvidence::FolderLink));
        // An input may be a link; it keeps the name it was given by.
        assert!(shown(&root, &["by-link"]).contains(&"by-link/sub/x".to_owned()));
        assert_eq!(shown(&root, &["by-link", "in"]).len(), 6);
    }

    #[test]
    fn pipes_sockets_and_devices_are_not_opened() {
        let root = tree(&[("in/a", LOG)]);
        let pipe = root.path().join("in/pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let _socket = std::os::unix::net::UnixListener::bind(root.path().join("in/socket")).unwrap();
        symlink("/dev/zero", root.path().join("in/zero")).unwrap();
        // Opening the pipe would wait here for ever.
        let got = found(&root, &["in"]);
        for name in ["in/pipe", "in/socket", "in/zero"] {
            assert!(got.contains(&(name.to_owned(), Err(NotEvidence::NotAFile))), "{name}: {got:?}");
        }
        assert_eq!(got[0], ("in/a".to_owned(), Ok(Format::Evtx)));
        assert_eq!(found(&root, &["in/pipe"]), [("pipe".to_owned(), Err(NotEvidence::NotAFile))]);
    }

    #[test]
    fn a_name_that_is_no_unicode_is_shown_lossily_and_opened_exactly() {
        let root = tree(&[("in/a", LOG)]);
        let path = root.path().join("in").join(OsStr::from_bytes(b"b\xff.evtx"));
        if fs::write(&path, LOG).is_err() {
            return; // Some file systems take Unicode only.
        }
        let got = find(&[root.path().join("in")]).unwrap();
        assert_eq!(got[1].shown, "in/b\u{fffd}.evtx");
        assert_eq!(got[1].kind, Ok(Format::Evtx));
        assert_eq!(got[1].path.file_name(), path.file_name());
    }

    #[test]
    fn what_may_not_be_read_is_named_and_the_rest_is_read() {
        let root = tree(&[("in/a", LOG), ("in/closed/x", LOG), ("in/z", LOG)]);
        let deny = |name: &str, mode| {
            fs::set_permissions(root.path().join(name), fs::Permissions::from_mode(mode)).unwrap();
        };
        deny("in/a", 0);
        deny("in/closed", 0);
        let got = found(&root, &["in"]);
        let all_powerful = fs::read_dir(root.path().join("in/closed")).is_ok();
        deny("in/closed", 0o700);
        if all_powerful {
            assert_eq!(got.len(), 3); // Root may read everything.
            return;
        }
        let names: Vec<&str> = got.iter().map(|f| f.0.as_str()).collect();
        assert_eq!(names, ["in/a", "in/closed", "in/z"]);
        for i in [0, 1] {
            assert!(got[i].1.as_ref().unwrap_err().to_string().contains("permission denied"), "{:?}", got[i]);
        }
        assert_eq!(got[2].1, Ok(Format::Evtx));
    }
}
