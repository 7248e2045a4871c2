//! The system calls a command may not make.
//!
//! Everything else is allowed: toolchains use most of what there is, and a
//! list of what is good would be a list of what somebody forgot. What is
//! listed either reaches out of the sandbox by design or has been the way out
//! of others too often.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use seccompiler::{
    BpfProgram, SeccompAction, SeccompCmpArgLen as Len, SeccompCmpOp as Op, SeccompCondition,
    SeccompFilter, SeccompRule, TargetArch, sock_filter,
};

use super::settings::Tier;

type Result<T> = std::result::Result<T, seccompiler::BackendError>;

/// Calls that fail with "not permitted", whatever their arguments.
const DENIED: &[i64] = &[
    // Other processes.
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_kcmp,
    libc::SYS_pidfd_getfd,
    // The kernel's own machines and keys.
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_keyctl,
    // Mounts and namespaces.
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_move_mount,
    libc::SYS_open_tree,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
    libc::SYS_setns,
    libc::SYS_unshare,
    // Files by another way than their path.
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_fanotify_init,
    // The machine.
    libc::SYS_acct,
    libc::SYS_adjtimex,
    libc::SYS_clock_adjtime,
    libc::SYS_clock_settime,
    libc::SYS_delete_module,
    libc::SYS_finit_module,
    libc::SYS_init_module,
    libc::SYS_kexec_load,
    libc::SYS_kexec_file_load,
    libc::SYS_quotactl,
    libc::SYS_reboot,
    libc::SYS_setdomainname,
    libc::SYS_sethostname,
    libc::SYS_settimeofday,
    libc::SYS_swapoff,
    libc::SYS_swapon,
    libc::SYS_syslog,
    libc::SYS_vhangup,
];

#[cfg(target_arch = "x86_64")]
const DENIED_HERE: &[i64] = &[libc::SYS_iopl, libc::SYS_ioperm, libc::SYS_modify_ldt];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_HERE: &[i64] = &[];

/// Without namespaces these reach what other processes of the machine have.
const DENIED_ON_THE_MACHINE: &[i64] = &[
    libc::SYS_socket,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_shmget,
    libc::SYS_shmat,
    libc::SYS_shmctl,
    libc::SYS_semget,
    libc::SYS_semctl,
    libc::SYS_msgget,
    libc::SYS_msgctl,
    libc::SYS_mq_open,
    libc::SYS_mq_unlink,
];

/// Landlock does not look at these, so where the command has the service's
/// user they would reach the service's files. By descriptor they stay allowed.
const DENIED_BY_PATH: &[i64] = &[
    libc::SYS_fchmodat,
    SYS_FCHMODAT2,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
];

#[cfg(target_arch = "x86_64")]
const DENIED_BY_PATH_HERE: &[i64] = &[
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
];
#[cfg(not(target_arch = "x86_64"))]
const DENIED_BY_PATH_HERE: &[i64] = &[];

/// Linux 6.6; the same number everywhere.
const SYS_FCHMODAT2: i64 = 452;

/// Calls that answer as on an older kernel, so that programs take the way
/// they took there: the arguments of `clone3` lie in memory, where no filter
/// looks, and `io_uring` does calls that no filter sees.
const MISSING: [i64; 4] = [
    libc::SYS_clone3,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
];

/// Namespaces that `clone` would make.
const NAMESPACES: [libc::c_int; 7] = [
    libc::CLONE_NEWUSER,
    libc::CLONE_NEWNS,
    libc::CLONE_NEWPID,
    libc::CLONE_NEWNET,
    libc::CLONE_NEWIPC,
    libc::CLONE_NEWUTS,
    libc::CLONE_NEWCGROUP,
];

/// Kinds of sockets inside a network namespace: those that stay in it. Not
/// the ways to a virtual machine's host, to the kernel's cryptography, to
/// radios.
const FAMILIES: [libc::c_int; 4] = [
    libc::AF_UNIX,
    libc::AF_INET,
    libc::AF_INET6,
    libc::AF_NETLINK,
];

/// What `fcntl`'s neighbours call the low bits of a socket's type.
const SOCKET_TYPE: u64 = 0xf;

/// From this number on, calls of x32: the same calls by other numbers.
const X32: u32 = 0x4000_0000;

/// The filter for a command.
pub fn program(tier: Tier, shared_user: bool) -> Result<BpfProgram> {
    let filter = SeccompFilter::new(
        rules(tier, shared_user)?,
        SeccompAction::Allow,
        SeccompAction::Errno(libc::EPERM as u32),
        TargetArch::try_from(ARCH)?,
    )?;
    let mut program = missing();
    program.extend(BpfProgram::try_from(filter)?);
    Ok(program)
}

/// As the kernel and bubblewrap read it.
pub fn bytes(program: &[sock_filter]) -> Vec<u8> {
    let one = |step: &sock_filter| {
        let [a, b] = step.code.to_ne_bytes();
        let [c, d, e, f] = step.k.to_ne_bytes();
        [a, b, step.jt, step.jf, c, d, e, f]
    };
    program.iter().flat_map(one).collect()
}

/// Steps before the filter proper, which knows one answer only.
fn missing() -> BpfProgram {
    const LOAD_WORD: u16 = 0x20;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const JUMP_IF_AT_LEAST: u16 = 0x35;
    const RETURN: u16 = 0x06;
    const ERRNO: u32 = 0x0005_0000;
    let step = |code, jt, jf, k| sock_filter { code, jt, jf, k };
    let answer = step(RETURN, 0, 0, ERRNO | libc::ENOSYS as u32);
    // The number of the call is the first word.
    let mut steps = vec![step(LOAD_WORD, 0, 0, 0)];
    for call in MISSING {
        steps.push(step(JUMP_IF_EQUAL, 0, 1, call as u32));
        steps.push(answer.clone());
    }
    steps.push(step(JUMP_IF_AT_LEAST, 0, 1, X32));
    steps.push(answer);
    steps
}

fn rules(tier: Tier, shared_user: bool) -> Result<BTreeMap<i64, Vec<SeccompRule>>> {
    let mut always = [DENIED, DENIED_HERE].concat();
    let mut sometimes = vec![
        (libc::SYS_clone, namespaces()?),
        (libc::SYS_ioctl, terminals()?),
        // The limits of another process, the keeper among them.
        (libc::SYS_prlimit64, vec![all(&[when(0, Op::Ne, 0)?])?]),
        // Of all processes of a user or a group.
        (libc::SYS_setpriority, vec![all(&[when(0, Op::Ne, 0)?])?]),
        (libc::SYS_ioprio_set, vec![all(&[when(0, Op::Ne, 1)?])?]),
    ];
    match tier {
        // An engine has a filter of its own as well.
        Tier::Bubblewrap | Tier::Container => {
            sometimes.push((libc::SYS_socket, foreign_sockets()?))
        }
        Tier::Landlock => {
            always.extend(DENIED_ON_THE_MACHINE);
            sometimes.push((libc::SYS_socketpair, addressable_pairs()?));
            if shared_user {
                always.extend([DENIED_BY_PATH, DENIED_BY_PATH_HERE].concat());
                sometimes.push((libc::SYS_utimensat, vec![all(&[named()?])?]));
            }
        }
    }
    let mut rules: BTreeMap<i64, Vec<SeccompRule>> = sometimes.into_iter().collect();
    // No condition: every call of it.
    rules.extend(always.into_iter().map(|call| (call, Vec::new())));
    Ok(rules)
}

fn when(argument: u8, op: Op, value: u64) -> Result<SeccompCondition> {
    SeccompCondition::new(argument, Len::Dword, op, value)
}

/// A path is given. All of the pointer is looked at: half of it may be zero.
fn named() -> Result<SeccompCondition> {
    SeccompCondition::new(1, Len::Qword, Op::Ne, 0)
}

fn all(conditions: &[SeccompCondition]) -> Result<SeccompRule> {
    SeccompRule::new(conditions.to_vec())
}

fn namespaces() -> Result<Vec<SeccompRule>> {
    let rule = |flag: &libc::c_int| {
        let flag = u64::from(*flag as u32);
        all(&[when(0, Op::MaskedEq(flag), flag)?])
    };
    NAMESPACES.iter().map(rule).collect()
}

/// Typing into a terminal that somebody else reads.
fn terminals() -> Result<Vec<SeccompRule>> {
    let of = |request: u64| all(&[when(1, Op::Eq, request)?]);
    Ok(vec![of(libc::TIOCSTI)?, of(libc::TIOCLINUX)?])
}

fn foreign_sockets() -> Result<Vec<SeccompRule>> {
    let other = |family: &libc::c_int| when(0, Op::Ne, *family as u64);
    let others: Result<Vec<_>> = FAMILIES.iter().map(other).collect();
    let netlink = [
        when(0, Op::Eq, libc::AF_NETLINK as u64)?,
        when(2, Op::Ne, libc::NETLINK_ROUTE as u64)?,
    ];
    Ok(vec![all(&others?)?, all(&netlink)?])
}

/// Pairs whose ends could send to an address: a datagram's receiver can be
/// any path's.
fn addressable_pairs() -> Result<Vec<SeccompRule>> {
    let kind = |kind: libc::c_int| all(&[when(1, Op::MaskedEq(SOCKET_TYPE), kind as u64)?]);
    Ok(vec![
        all(&[when(0, Op::Ne, libc::AF_UNIX as u64)?])?,
        kind(libc::SOCK_DGRAM)?,
        kind(libc::SOCK_RAW)?,
    ])
}
