#include "jail/layer.h"

#include <errno.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <unistd.h>

/* All that a reader may ask of the kernel, whatever the arguments. */
static const int reader_allowed[] = {
	/* its descriptors */
	SCMP_SYS(read), SCMP_SYS(readv), SCMP_SYS(pread64), SCMP_SYS(lseek),
	SCMP_SYS(write), SCMP_SYS(writev), SCMP_SYS(recvmsg), SCMP_SYS(sendmsg),
	SCMP_SYS(poll), SCMP_SYS(ppoll), SCMP_SYS(close),
	/* its memory; mmap and mprotect are below */
	SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise),
	SCMP_SYS(futex),
	/* what it is and when */
	SCMP_SYS(clock_gettime), SCMP_SYS(gettimeofday), SCMP_SYS(getrandom),
	SCMP_SYS(getpid), SCMP_SYS(gettid),
	SCMP_SYS(sysinfo), /* qsort(3) asks how much memory there is */
	/* signals and the end */
	SCMP_SYS(rt_sigreturn), SCMP_SYS(rt_sigprocmask), SCMP_SYS(restart_syscall),
	SCMP_SYS(exit), SCMP_SYS(exit_group),
};

static const int writer_denied[] = {
	SCMP_SYS(execve), SCMP_SYS(execveat),
	SCMP_SYS(ptrace), SCMP_SYS(process_vm_readv), SCMP_SYS(process_vm_writev),
	SCMP_SYS(perf_event_open), SCMP_SYS(bpf), SCMP_SYS(userfaultfd),
	SCMP_SYS(mount), SCMP_SYS(umount2), SCMP_SYS(pivot_root), SCMP_SYS(chroot),
	SCMP_SYS(open_tree), SCMP_SYS(move_mount), SCMP_SYS(fsopen), SCMP_SYS(fsmount),
	SCMP_SYS(open_by_handle_at),
	SCMP_SYS(setns), SCMP_SYS(unshare), SCMP_SYS(personality),
	SCMP_SYS(init_module), SCMP_SYS(finit_module), SCMP_SYS(delete_module),
	SCMP_SYS(kexec_load), SCMP_SYS(kexec_file_load), SCMP_SYS(reboot),
	SCMP_SYS(swapon), SCMP_SYS(swapoff),
	SCMP_SYS(keyctl), SCMP_SYS(add_key), SCMP_SYS(request_key),
	SCMP_SYS(io_uring_setup),
};

static void filter_clean(scmp_filter_ctx *filter)
{
	if (*filter)
		seccomp_release(*filter);
}

/* One answer for all calls of a list. 0 or a negative errno. */
static int add(scmp_filter_ctx filter, uint32_t answer, const int *calls, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		int failed = seccomp_rule_add(filter, answer, calls[i], 0);
		if (failed)
			return failed;
	}
	return 0;
}

/* Calls that a reader may make with some arguments only. */
static int add_conditional(scmp_filter_ctx filter)
{
	const struct scmp_arg_cmp not_executable = SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
	/* abort(3) sends itself a signal */
	const struct scmp_arg_cmp itself = SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)getpid(), 0);
	int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1, not_executable);

	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(mprotect), 1,
					  not_executable);
	if (!failed)
		failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, itself);
	return failed;
}

int layer_seccomp(enum jail_profile profile, struct err *err)
{
	bool reader = profile == JAIL_READER;
	CLEAN(filter) scmp_filter_ctx filter =
		seccomp_init(reader ? SCMP_ACT_KILL_PROCESS : SCMP_ACT_ALLOW);
	int failed;

	if (!filter)
		return err_set(err, ERR_MEMORY, "no memory for a seccomp filter");
	failed = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
	if (!failed && reader)
		failed = add(filter, SCMP_ACT_ALLOW, reader_allowed,
			     ARRAY_LENGTH(reader_allowed));
	if (!failed && reader)
		failed = add_conditional(filter);
	if (!failed && !reader)
		failed = add(filter, SCMP_ACT_KILL_PROCESS, writer_denied,
			     ARRAY_LENGTH(writer_denied));
	if (!failed)
		failed = seccomp_load(filter);
	if (!failed)
		return 0;
	errno = -failed;
	return err_system(err, "seccomp");
}
