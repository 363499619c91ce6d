// Gives up rights, then becomes the plugin: launcher NAME=VALUE... -- PROGRAM ARGUMENT...
// Everything here can only take away. What cannot be taken away as asked ends the start: 126, and a line on stderr.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

// linux/landlock.h and newer numbers in our own words: a system's headers are often older than its kernel.
struct rules { uint64_t files, net, scope; };
struct path_rule { uint64_t access; int32_t parent; } __attribute__((packed));
struct port_rule { uint64_t access, port; };
struct how { uint64_t flags, mode, resolve; };
enum { CREATE = 444, ADD = 445, RESTRICT = 446, CLOSE_RANGE = 436, OPENAT2 = 437, CLONE3 = 435, PIDFD_GETFD = 438, PROCESS_MADVISE = 440, IO_URING = 425, OPEN_TREE = 428, MOUNT_SETATTR = 442, MEMFD_SECRET = 447 };
enum { EXECUTE = 1 << 0, WRITE_FILE = 1 << 1, READ_FILE = 1 << 2, READ_DIR = 1 << 3, MAKE_CHAR = 1 << 6, MAKE_BLOCK = 1 << 11, TRUNCATE = 1 << 14, IOCTL = 1 << 15, ALL = (1 << 16) - 1 };
enum { ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL, CONNECT_TCP = 1 << 1, TCP = 3, SCOPES = 3, NO_SYMLINKS = 4 };

static void fail(const char *what) {
  fprintf(stderr, "sallyport launcher: %s: %s\n", what, strerror(errno));
  exit(126);
}

static int landlock(void) {
  long abi = syscall(CREATE, NULL, 0, 1);
  return abi < 0 ? 0 : (int)abi;
}

// Never above what the host itself has; a soft CPU limit comes first, so that its signal tells the reason.
static void limit(int what, rlim_t value) {
  struct rlimit now;
  if (getrlimit(what, &now) != 0) fail("getrlimit");
  rlim_t hard = what == RLIMIT_CPU ? value + 1 : value;
  struct rlimit next = {value < now.rlim_max ? value : now.rlim_max, hard < now.rlim_max ? hard : now.rlim_max};
  if (setrlimit(what, &next) != 0) fail("setrlimit");
}

static void allow(int rules, uint64_t handled, uint64_t access, const char *path) {
  // A link in a path could have been put there since the host looked. /proc/self is one, and this very process.
  struct how how = {O_PATH | O_CLOEXEC, 0, strcmp(path, "/proc/self") == 0 ? 0 : NO_SYMLINKS};
  struct stat at;
  int fd = (int)syscall(OPENAT2, AT_FDCWD, path, &how, sizeof how);
  if (fd < 0 && errno == ENOENT) return; // one right less
  if (fd < 0 || fstat(fd, &at) != 0) fail(path);
  struct path_rule rule = {access & handled & (S_ISDIR(at.st_mode) ? ALL : ON_FILES), fd};
  if (rule.access != 0 && syscall(ADD, rules, 1, &rule, 0) != 0) fail(path);
  close(fd);
}

#if defined(__x86_64__)
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#endif

#ifdef MACHINE
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF(test, value, yes, no) BPF_JUMP(BPF_JMP | (test) | BPF_K, value, yes, no)
#define ANSWER(error) BPF_STMT(BPF_RET | BPF_K, (error) == 0 ? SECCOMP_RET_ALLOW : SECCOMP_RET_ERRNO | (error))
static const int REFUSED[] = {__NR_ptrace, __NR_process_vm_readv, __NR_process_vm_writev, __NR_kcmp, PIDFD_GETFD, PROCESS_MADVISE, __NR_unshare, __NR_setns, __NR_mount, __NR_umount2, __NR_pivot_root, __NR_chroot, OPEN_TREE, OPEN_TREE + 1, OPEN_TREE + 2, OPEN_TREE + 3, OPEN_TREE + 4, OPEN_TREE + 5, MOUNT_SETATTR, __NR_bpf, __NR_perf_event_open, __NR_userfaultfd, __NR_keyctl, __NR_add_key, __NR_request_key, __NR_open_by_handle_at, __NR_init_module, __NR_finit_module, __NR_kexec_load, __NR_shmget, IO_URING, IO_URING + 1, IO_URING + 2};
// Memory that no limit counts, and a way to start threads whose flags cannot be seen here: as if they did not exist.
static const int ABSENT[] = {__NR_memfd_create, MEMFD_SECRET, CLONE3};
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP)

// net: none (no socket at all), tcp (what Landlock can tell apart by port), any (everything but sockets of this machine).
static void filter(const char *net, int alone, int serve, int dial) {
  struct sock_filter code[144] = {LOAD(arch), IF(BPF_JEQ, MACHINE, 1, 0), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS), LOAD(nr)};
  unsigned short n = 4;
  int any = strcmp(net, "any") == 0;
#define ADD(...) do { struct sock_filter more[] = {__VA_ARGS__}; memcpy(code + n, more, sizeof more); n += sizeof more / sizeof *more; } while (0)
#ifdef __x86_64__
  ADD(IF(BPF_JGE, 0x40000000, 0, 1), ANSWER(ENOSYS)); // the x32 names of the same calls
#endif
  for (size_t i = 0; i < sizeof REFUSED / sizeof *REFUSED; i++) ADD(IF(BPF_JEQ, REFUSED[i], 0, 1), ANSWER(EPERM));
  for (size_t i = 0; i < sizeof ABSENT / sizeof *ABSENT; i++) ADD(IF(BPF_JEQ, ABSENT[i], 0, 1), ANSWER(ENOSYS));
  // Alone: threads, and no other process.
  ADD(IF(BPF_JEQ, __NR_clone, 0, 5), LOAD(args[0]), IF(BPF_JSET, NAMESPACES, 1, 0), IF(BPF_JSET, CLONE_THREAD, 1, !alone), ANSWER(EPERM), ANSWER(0));
#ifdef __NR_fork
  if (alone) ADD(IF(BPF_JEQ, __NR_fork, 1, 0), IF(BPF_JEQ, __NR_vfork, 0, 1), ANSWER(EPERM));
#endif
  ADD(IF(BPF_JEQ, __NR_prlimit64, 0, 4), LOAD(args[0]), IF(BPF_JEQ, 0, 1, 0), ANSWER(EPERM), ANSWER(0));
  // Serving: stream sockets of this machine too, whose place in the file system says who can reach them.
  if (serve) ADD(IF(BPF_JEQ, __NR_socket, 0, 7), LOAD(args[0]), IF(BPF_JEQ, AF_UNIX, 0, 4), LOAD(args[1]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), IF(BPF_JEQ, SOCK_STREAM, 0, 1), ANSWER(0), LOAD(nr));
  // What is only served connects to nothing. Who dials has mounts and a network of its own, in which nothing else listens.
  if (serve && !dial && strcmp(net, "none") == 0) ADD(IF(BPF_JEQ, __NR_connect, 0, 1), ANSWER(EACCES));
  if (strcmp(net, "none") == 0) ADD(IF(BPF_JEQ, __NR_socket, 0, 1), ANSWER(EACCES));
  else if (any) ADD(IF(BPF_JEQ, __NR_socket, 0, 6), LOAD(args[0]), IF(BPF_JEQ, AF_INET, 2, 0), IF(BPF_JEQ, AF_INET6, 1, 0), IF(BPF_JEQ, AF_NETLINK, 0, 1), ANSWER(0), ANSWER(EACCES));
  else {
    // Landlock knows the ports of plain TCP alone: no datagrams, no MPTCP or SCTP, and no connection made by its first data.
    ADD(IF(BPF_JEQ, __NR_socket, 0, 11), LOAD(args[0]), IF(BPF_JEQ, AF_INET, 1, 0), IF(BPF_JEQ, AF_INET6, 0, 7));
    ADD(LOAD(args[1]), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xf), IF(BPF_JEQ, SOCK_STREAM, 0, 4), LOAD(args[2]), IF(BPF_JEQ, 0, 1, 0), IF(BPF_JEQ, 6, 0, 1), ANSWER(0), ANSWER(EACCES));
    const struct { int call, flags; } SENDS[] = {{__NR_sendto, 3}, {__NR_sendmsg, 2}, {__NR_sendmmsg, 3}};
    for (size_t i = 0; i < 3; i++) ADD(IF(BPF_JEQ, SENDS[i].call, 0, 4), LOAD(args[SENDS[i].flags]), IF(BPF_JSET, MSG_FASTOPEN, 0, 1), ANSWER(EPERM), ANSWER(0));
  }
  ADD(ANSWER(0));
  struct sock_fprog program = {n, code};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) fail("seccomp");
}
#endif

static void drop_capabilities(void) {
  for (int cap = 0; cap < 64; cap++) prctl(PR_CAPBSET_DROP, cap); // beyond the last one there is nothing to drop
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0}};
  if (syscall(SYS_capset, &head, none) != 0) fail("capset");
}

int main(int count, char **args) {
  const struct { const char *name; int what; } LIMITS[] = {{"data", RLIMIT_DATA}, {"cpu", RLIMIT_CPU}, {"nofile", RLIMIT_NOFILE}, {"fsize", RLIMIT_FSIZE}, {"nproc", RLIMIT_NPROC}};
  const struct { const char *name; uint64_t access; } PATHS[] = {{"read", READ_FILE | READ_DIR}, {"exec", EXECUTE | READ_FILE}, {"write", ALL & ~(EXECUTE | MAKE_CHAR | MAKE_BLOCK)}};
  const uint64_t KNOWN[] = {0, (1 << 13) - 1, (1 << 14) - 1, (1 << 15) - 1, (1 << 15) - 1, ALL};
  struct rules rules = {0};
  int abi = landlock(), fd = -1, alone = 0, serve = 0, dial = 0;
  const char *net = NULL;
#ifdef MACHINE
  if (count == 2 && strcmp(args[1], "probe") == 0) return printf("landlock %d seccomp 1\n", abi) < 0;
#else
  if (count == 2 && strcmp(args[1], "probe") == 0) return printf("landlock %d seccomp 0\n", abi) < 0;
#endif
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
  int at = 1;
  for (; at < count && strcmp(args[at], "--") != 0; at++) {
    char *value = strchr(args[at], '=');
    if (value == NULL) { errno = EINVAL; fail(args[at]); }
    *value++ = 0;
    int known = 0;
    for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) if (strcmp(args[at], LIMITS[i].name) == 0) { known = 1; limit(LIMITS[i].what, strtoull(value, NULL, 10)); }
    for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) if (strcmp(args[at], PATHS[i].name) == 0) { known = 1; if (fd < 0) fail("files= comes before paths"); allow(fd, rules.files, PATHS[i].access, value); }
    if (strcmp(args[at], "files") == 0) { // all, or exec: what else there is was decided by mounts
      known = 1;
      int all = strcmp(value, "all") == 0;
      if (abi == 0) { errno = ENOSYS; fail("Landlock"); }
      rules.files = all ? KNOWN[abi < 5 ? abi : 5] : EXECUTE;
      if (abi >= 4 && net != NULL && strcmp(net, "any") != 0) rules.net = TCP;
      if (abi >= 6) rules.scope = SCOPES;
      fd = (int)syscall(CREATE, &rules, abi >= 6 ? sizeof rules : abi >= 4 ? 16 : 8, 0);
      if (fd < 0) fail("Landlock");
      if (all) drop_capabilities();
    }
    if (strcmp(args[at], "tcp") == 0) {
      known = 1;
      struct port_rule rule = {CONNECT_TCP, strtoull(value, NULL, 10)};
      if (syscall(ADD, fd, 2, &rule, 0) != 0) fail("a TCP port");
    }
    if (strcmp(args[at], "alone") == 0) { known = 1; alone = 1; }
    if (strcmp(args[at], "serve") == 0) { known = 1; serve = 1; }
    if (strcmp(args[at], "dial") == 0) { known = 1; dial = 1; }
    if (strcmp(args[at], "net") == 0) { known = 1; net = value; }
    if (strcmp(args[at], "parent") == 0) { // a host that died before this line sends no signal any more
      known = 1;
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (getppid() != atoi(value)) return 126;
    }
    if (!known) { errno = EINVAL; fail(args[at]); }
  }
  if (++at >= count) { errno = EINVAL; fail("no program"); }
  int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC); // when memory runs out, a plugin goes before its host
  if (score >= 0) { if (write(score, "1000", 4) != 4) errno = 0; close(score); }
  if (fd >= 0 && syscall(RESTRICT, fd, 0) != 0) fail("Landlock");
  if (fd >= 0) close(fd);
  if (syscall(CLOSE_RANGE, 3, ~0U, 0) != 0) for (int other = 3; other < 65536; other++) close(other);
#ifdef MACHINE
  if (net != NULL) filter(net, alone, serve, dial);
#else
  if (net != NULL) { errno = ENOSYS; fail("seccomp"); }
#endif
  // bubblewrap ties its life to the host's only when it has made its namespace: of a host that died before, the pipe tells.
  struct pollfd host = {2, 0, 0};
  if (poll(&host, 1, 0) == 1 && (host.revents & (POLLHUP | POLLERR)) != 0) return 126;
  execv(args[at], args + at);
  int why = errno;
  fprintf(stderr, "sallyport launcher: cannot run %s: %s\n", args[at], strerror(why));
  return why == ENOENT ? 127 : 126;
}
