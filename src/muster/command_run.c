#include "muster/run.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cluster/cluster.h"

#define ARENA_LIMIT ((size_t)256 << 20)
#define OUTPUT_PIECE ((size_t)64 * 1024)
#define PAGER_WORDS 16

int command_run_init(struct command_run *run, struct err *err)
{
	struct timespec now;

	*run = (struct command_run){ .output_fd = STDOUT_FILENO };
	clock_gettime(CLOCK_REALTIME, &now);
	run->now = now.tv_sec * MICROSECONDS + now.tv_nsec / 1000;
	buffer_init(&run->output, 64 * OUTPUT_PIECE);
	run->arena = arena_new(ARENA_LIMIT);
	return run->arena ? 0 : err_set(err, ERR_MEMORY, "out of memory");
}

void command_run_done(struct command_run *run)
{
	pg_free(run->pg);
	run->pg = NULL;
	if (run->config_read)
		config_done(&run->config);
	run->config_read = false;
	buffer_done(&run->output);
	arena_free(run->arena);
	run->arena = NULL;
}

struct arena *command_arena(struct command_run *run)
{
	return run->arena;
}

int64_t command_now(const struct command_run *run)
{
	return run->now;
}

const char *command_person(struct command_run *run)
{
	const struct passwd *account = getpwuid(getuid());
	const char *name = account ? arena_string(run->arena, account->pw_name) :
				     arena_format(run->arena, "user %u", (unsigned)getuid());

	return name ? name : "";
}

/* The instance ----------------------------------------------------------------- */

int command_config(struct command_run *run, const struct config **ret_config,
		   struct err *err)
{
	const char *path = command_option(run, "config");
	int r;

	if (!path)
		path = getenv("MUSTER_CONFIG");
	if (!path || !*path)
		return err_set(err, ERR_USAGE,
			       "no instance is named: give -c DIR/muster.conf, or set MUSTER_CONFIG to it");
	if (!run->config_read) {
		r = config_load(path, &run->config, err);
		if (r < 0)
			return r;
		run->config_read = true;
	}
	*ret_config = &run->config;
	return 0;
}

static int conninfo_make(struct command_run *run, const char *role, struct buffer *conninfo,
			 struct err *err)
{
	const struct config *config;
	int r = command_config(run, &config, err);

	if (r == 0)
		r = cluster_ready(config, role, conninfo, err);
	if (r == 0 && conninfo->failed)
		r = err_set(err, ERR_LIMIT, "the connection string is too long");
	return r;
}

static void store_close(struct command_run *run)
{
	pg_free(run->pg);
	run->pg = NULL;
	run->is_person = false;
}

static int role_connect(struct command_run *run, enum store_role role, struct err *err)
{
	CLEAN(buffer) struct buffer conninfo;
	int r;

	buffer_init(&conninfo, 65536);
	store_close(run);
	r = conninfo_make(run, role == STORE_OWNER ? CLUSTER_SUPERUSER : store_role_name(role),
			  &conninfo, err);
	return r < 0 ? r : store_open(conninfo.data, role, "muster", &run->pg, err);
}

/* A connection string of the operator's own is for anybody: the name is added. */
static void user_add(struct buffer *conninfo, const char *name)
{
	struct text is = buffer_text(conninfo);

	if (text_starts_with(is, TEXT("postgres://")) ||
	    text_starts_with(is, TEXT("postgresql://"))) {
		buffer_add_format(conninfo, "%cuser=%s",
				  text_find_byte(is, '?') < is.length ? '&' : '?', name);
		return;
	}
	buffer_add_byte(conninfo, ' ');
	pg_add_setting(conninfo, "user", name);
}

static int person_connect(struct command_run *run, const char *name, struct err *err)
{
	CLEAN(buffer) struct buffer conninfo;
	int r = 0;

	buffer_init(&conninfo, 65536);
	store_close(run);
	if (!store_account_name_valid(name))
		return err_set(err, ERR_REFUSED,
			       "%s is no person of the office; name one with --as or MUSTER_USER",
			       name);
	r = conninfo_make(run, name, &conninfo, err);
	if (r < 0)
		return r;
	if (*run->config.database_conninfo)
		user_add(&conninfo, name);
	r = store_open_person(conninfo.data, name, "muster", &run->pg, err);
	run->is_person = r == 0;
	return r < 0 ? err_prefix(err, "cannot act as %s, see muster-user(1)", name) : 0;
}

/* Who is to act, where that was said; else NULL. */
static const char *person_named(const struct command_run *run)
{
	const char *name = command_option(run, "as");

	if (!name)
		name = getenv("MUSTER_USER");
	return name && *name ? name : NULL;
}

/* The account's own name, where it is that of a person whom it may be. */
static void own_person_connect(struct command_run *run)
{
	const char *name = command_person(run);
	bool open = false;

	if (store_account_is_open(run->pg, name, &open, NULL) < 0 || !open)
		return;
	struct pg *pg = run->pg;
	run->pg = NULL;
	if (person_connect(run, name, NULL) < 0)
		run->pg = pg;
	else
		pg_free(pg);
}

int command_store(struct command_run *run, enum store_role role, struct pg **ret_pg,
		  struct err *err)
{
	bool reads = role == STORE_OFFICER || role == STORE_AUDITOR;
	const char *named = person_named(run);
	int r;

	if (reads && named) {
		r = person_connect(run, named, err);
	} else {
		r = role_connect(run, role, err);
		if (r < 0 && reads && person_connect(run, command_person(run), NULL) == 0)
			r = 0;
		else if (r == 0 && reads)
			own_person_connect(run);
	}
	if (r == 0)
		*ret_pg = run->pg;
	return r;
}

int command_store_person(struct command_run *run, struct pg **ret_pg, const char **ret_name,
			 struct err *err)
{
	const char *name = person_named(run);
	int r;

	if (!name)
		name = command_person(run);
	r = person_connect(run, name, err);
	if (r < 0)
		return r;
	*ret_pg = run->pg;
	if (ret_name)
		*ret_name = name;
	return 0;
}

bool command_is_person(const struct command_run *run)
{
	return run->is_person;
}

/* Output -------------------------------------------------------------------------- */

unsigned command_width(const struct command_run *run UNUSED)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0)
		return 0;
	return size.ws_col ? size.ws_col : 80;
}

bool command_colour(const struct command_run *run)
{
	const char *no = getenv("NO_COLOR");

	return run->format == REPORT_AS_TEXT && isatty(STDOUT_FILENO) && (!no || !*no);
}

static bool pager_wanted(const struct command_run *run)
{
	const char *pager = getenv("PAGER");
	const char *terminal = getenv("TERM");

	return run->format == REPORT_AS_TEXT && isatty(STDOUT_FILENO) &&
	       !(pager && (!*pager || strcmp(pager, "cat") == 0)) &&
	       !(terminal && strcmp(terminal, "dumb") == 0);
}

/* PAGER is a program and its arguments, a space between; no shell is asked. */
NORETURN static void pager_exec(int input)
{
	static char standard[] = "less";
	char *words[PAGER_WORDS + 1] = { 0 };
	char *rest = getenv("PAGER");
	size_t count = 0;

	if (!rest)
		rest = standard;
	while (count < PAGER_WORDS && (words[count] = strsep(&rest, " ")))
		if (*words[count])
			count++;
	words[count] = NULL;
	setenv("LESS", "FRX", 0);
	signal(SIGPIPE, SIG_DFL);
	if (dup2(input, STDIN_FILENO) >= 0 && count)
		execvp(words[0], words);
	_exit(127);
}

static int pager_start(struct command_run *run, struct err *err)
{
	int ends[2];

	if (pipe2(ends, O_CLOEXEC) < 0)
		return err_system(err, "pipe");
	run->pager = fork();
	if (run->pager == 0)
		pager_exec(ends[0]);
	close(ends[0]);
	if (run->pager < 0) {
		close(ends[1]);
		run->pager = 0;
		return err_system(err, "fork");
	}
	run->output_fd = ends[1];
	return 0;
}

static int flush(struct command_run *run, struct err *err)
{
	int r = 0;

	if (run->output.failed)
		return err_set(err, ERR_LIMIT, "too much output at once");
	if (run->output.length &&
	    file_write_fully(run->output_fd, run->output.data, run->output.length) < 0) {
		run->reader_gone = errno == EPIPE;
		r = err_system(err, "standard output");
	}
	buffer_reset(&run->output);
	return r;
}

int command_write(struct command_run *run, struct text piece, struct err *err)
{
	int r = 0;

	if (run->output_fd == STDOUT_FILENO && run->output.length == 0 && pager_wanted(run))
		r = pager_start(run, err);
	while (r == 0 && piece.length) {
		struct text some = text_head(piece, piece.length < OUTPUT_PIECE ? piece.length :
										  OUTPUT_PIECE);
		buffer_add_text(&run->output, some);
		piece = text_skip(piece, some.length);
		if (run->output.length >= OUTPUT_PIECE)
			r = flush(run, err);
	}
	return r;
}

int command_print(struct command_run *run, struct err *err, const char *format, ...)
{
	CLEAN(buffer) struct buffer piece;
	va_list list;

	buffer_init(&piece, 16 * OUTPUT_PIECE);
	va_start(list, format);
	buffer_add_format_list(&piece, format, list);
	va_end(list);
	if (piece.failed)
		return err_set(err, ERR_LIMIT, "too much output at once");
	return command_write(run, buffer_text(&piece), err);
}

int command_say(struct command_run *run, struct err *err, const char *format, ...)
{
	va_list list;
	int r = flush(run, err);

	if (r < 0 || run->format != REPORT_AS_TEXT)
		return r;
	va_start(list, format);
	buffer_add_format_list(&run->output, format, list);
	va_end(list);
	buffer_add_byte(&run->output, '\n');
	return flush(run, err);
}

void command_warn(const char *format, ...)
{
	CLEAN(buffer) struct buffer words, line;
	va_list list;

	buffer_init(&words, 65536);
	buffer_init(&line, 4 * 65536);
	va_start(list, format);
	buffer_add_format_list(&words, format, list);
	va_end(list);
	buffer_add_string(&line, "muster: warning: ");
	buffer_add_escaped(&line, buffer_text(&words), 8192);
	buffer_add_byte(&line, '\n');
	/* Where even this cannot be written there is nobody to tell. */
	if (file_write_fully(STDERR_FILENO, line.data, line.length) < 0)
		return;
}

static int sink_write(void *context, struct text piece, struct err *err)
{
	return command_write(context, piece, err);
}

struct report_sink command_sink(struct command_run *run)
{
	return (struct report_sink){ sink_write, run };
}

struct report *command_report(struct command_run *run, const struct report_table *table)
{
	return report_begin(table, run->format, command_width(run), command_sink(run));
}

int command_run_finish(struct command_run *run, struct err *err)
{
	int r = run->reader_gone ? 0 : flush(run, err);

	if (run->pager > 0) {
		close(run->output_fd);
		run->output_fd = STDOUT_FILENO;
		while (waitpid(run->pager, NULL, 0) < 0 && errno == EINTR)
			;
		run->pager = 0;
	}
	return r;
}
