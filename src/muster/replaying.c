#include "muster/replaying.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "child/child.h"
#include "muster/judging.h"
#include "muster/standard_source.h"

#define SCORE_MEMORY ((size_t)1 << 30)
#define BAR 30

struct replaying {
	struct command_run *run;
	const struct config *config;
	struct pg *pg;
	struct store_replay *replay;
	struct readers_setup setup;
	struct readers *readers;       /* NULL until there is something to judge */
	/* of one call */
	const struct replaying_asked *asked;
	struct replaying_totals totals;
	const char *contractor;
	int64_t all, done;             /* bytes */
	int64_t *given;                /* bytes of what each reader has */
	bool shows_progress;
};

/* Setting up ------------------------------------------------------------------------------- */

static int try_directory(struct replaying *replaying, const char *path, struct err *err)
{
	CLEAN(standard_source) struct standard_source source = { 0 };
	int r = standard_source_read(path, &source, NULL, NULL, err);

	return r < 0 ? r :
		       store_replay_standard_try(replaying->replay, buffer_text(&source.bundle),
						 source.standard, source.rules, source.rule_count,
						 err);
}

static int set_up(struct replaying *replaying, struct err *err)
{
	const struct config *config = replaying->config;
	struct readers_setup *setup = &replaying->setup;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned user = 0;
	int r = child_reader_user(config->daemon_reader_user, &user, err);

	*setup = (struct readers_setup){
		.libexec = child_libexec(),
		.count = config->daemon_readers ? (size_t)config->daemon_readers :
			 cores > 0		? (size_t)cores :
						  1,
		.reader = { .content_limit = (uint64_t)config->spool_max_bytes,
			    .ratio_limit = (uint64_t)config->spool_max_ratio,
			    .drop_user = user },
	};
	replaying->given = calloc(setup->count, sizeof(*replaying->given));
	if (r == 0 && !replaying->given)
		r = err_set(err, ERR_MEMORY, "out of memory");
	if (r == 0)
		r = store_instance_read(replaying->pg, &setup->reader.name_key, err);
	return r < 0 ? r :
		       store_replay_new(replaying->pg, setup->count, &replaying->replay, err);
}

int replaying_new(struct command_run *run, const char *const *standards, size_t count,
		  struct replaying **ret_replaying, struct err *err)
{
	CLEAN(replaying) struct replaying *replaying = calloc(1, sizeof(*replaying));
	int r;

	if (!replaying)
		return err_set(err, ERR_MEMORY, "out of memory");
	replaying->run = run;
	log_open("muster", false);
	r = command_config(run, &replaying->config, err);
	if (r == 0)
		r = command_store(run, STORE_DAEMON, &replaying->pg, err);
	if (r == 0)
		r = set_up(replaying, err);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = strchr(standards[i], '/') ?
			    try_directory(replaying, standards[i], err) :
			    store_replay_standard(replaying->replay, standards[i], err);
	if (r == 0 && count == 0)
		r = store_replay_standard(replaying->replay, NULL, err);
	if (r < 0)
		return r;
	replaying->setup.standards =
		store_replay_bundles(replaying->replay, &replaying->setup.standard_count);
	*ret_replaying = replaying;
	replaying = NULL;
	return 0;
}

void replaying_free(struct replaying *replaying)
{
	if (!replaying)
		return;
	readers_free(replaying->readers);
	store_replay_free(replaying->replay);
	free(replaying->given);
	free(replaying);
}

void replaying_clean(struct replaying **replaying)
{
	replaying_free(*replaying);
}

/* Progress, on a terminal -------------------------------------------------------------------- */

static void on_interrupt(int number)
{
	(void)!write(STDERR_FILENO, "\r\033[K", 4);
	raise(number); /* which the system does now */
}

/* One who ends it finds the prompt where the bar was. */
static void clear_when_interrupted(void)
{
	const struct sigaction action = { .sa_handler = on_interrupt,
					  .sa_flags = (int)SA_RESETHAND };

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

static void clear_progress(const struct replaying *replaying)
{
	if (replaying->shows_progress)
		fputs("\r\033[K", stderr);
}

static void show_progress(void *context, int64_t reading)
{
	const struct replaying *replaying = context;
	int64_t done = replaying->done + reading;
	char bar[BAR + 1];

	if (!replaying->shows_progress || replaying->all <= 0)
		return;
	if (done > replaying->all)
		done = replaying->all;
	int filled = (int)((double)BAR * (double)done / (double)replaying->all);
	memset(bar, '#', (size_t)filled);
	memset(bar + filled, '.', (size_t)(BAR - filled));
	bar[BAR] = '\0';
	fprintf(stderr, "\r\033[K[%s] %3d %% of %lld MB judged again: %s", bar,
		(int)(100.0 * (double)done / (double)replaying->all),
		(long long)(replaying->all / 1000000), replaying->contractor);
	fflush(stderr);
}

/* Feeding the readers --------------------------------------------------------------------------- */

static int open_evidence(const struct replaying *replaying, const char *digest, struct err *err)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/evidence/%.2s/%s",
		 replaying->config->instance_directory, digest, digest);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	return fd < 0 ? err_system(err, "%s", path) : fd;
}

static int next(void *context, size_t reader, struct readers_log *ret_log, struct err *err)
{
	struct replaying *replaying = context;
	struct store_replay_log log;
	int r = store_replay_next(replaying->replay, reader, &log, err);

	if (r <= 0)
		return r;
	ret_log->fd = open_evidence(replaying, log.evidence, err);
	if (ret_log->fd < 0)
		return -(int)err->code;
	(void)posix_fadvise(ret_log->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	replaying->given[reader] = ret_log->bytes = log.bytes;
	ret_log->order = (struct ipc_reader_batch){ .batch = (uint64_t)log.batch,
						    .delivered = log.received,
						    .encoding = (uint32_t)log.encoding,
						    .contractor_id = log.contractor_id,
						    .roster = log.roster_version };
	snprintf(ret_log->order.format, sizeof(ret_log->order.format), "%s", log.format);
	ret_log->zone = log.zone;
	ret_log->roster = log.roster;
	return 1;
}

static int frame(void *context, size_t reader, const struct ipc_frame *frame, struct err *err)
{
	struct replaying *replaying = context;

	if (frame->message == IPC_DATA_END) {
		replaying->done += replaying->given[reader];
		replaying->given[reader] = 0;
	}
	return store_replay_frame(replaying->replay, reader, frame, err);
}

static int judge(struct replaying *replaying, struct err *err)
{
	const struct readers_work work = { replaying, next, frame, show_progress };

	if (!replaying->readers)
		replaying->readers = readers_new(&replaying->setup, err);
	return replaying->readers ? readers_run(replaying->readers, &work, err) :
				    -(int)err->code;
}

/* Scores -------------------------------------------------------------------------------------------- */

struct side {
	struct judging *judging;
	struct arena *arena;
	struct score *scores;          /* one for each standard */
};

static void side_done(struct side *side)
{
	judging_free(side->judging);
	arena_free(side->arena);
}

static int read_side(struct replaying *replaying, int32_t contractor_id, bool as_if,
		     struct side *side, struct err *err)
{
	int64_t moment = MOMENT_NONE;
	int r = store_replay_as_if(replaying->replay, as_if, err);

	if (r == 0)
		r = store_replay_moment(replaying->replay, &moment, err);
	side->arena = arena_new(SCORE_MEMORY);
	if (r == 0 && !side->arena)
		r = err_set(err, ERR_MEMORY, "out of memory");
	if (r == 0)
		r = judging_new(replaying->pg, moment, NULL, &side->judging, err);
	if (r < 0)
		return r;
	side->scores = arena_get_many(side->arena, judging_count(side->judging),
				      sizeof(*side->scores));
	if (!side->scores)
		return err_set(err, ERR_MEMORY, "out of memory");
	for (size_t i = 0; r == 0 && i < judging_count(side->judging); i++)
		r = judging_score(replaying->pg, side->judging, i, contractor_id, 0, side->arena,
				  &side->scores[i], err);
	return r;
}

static int tell_scores(struct replaying *replaying, const struct side *before,
		       const struct side *after, struct err *err)
{
	int r = 0;

	for (size_t i = 0; i < judging_count(after->judging); i++) {
		const struct standard *standard = judging_standard(after->judging, i).standard;
		for (size_t k = 0; r == 0 && k < judging_count(before->judging); k++) {
			const struct score *was = &before->scores[k], *is = &after->scores[i];
			if (strcmp(judging_standard(before->judging, k).standard->name,
				   standard->name) != 0)
				continue;
			const struct replaying_score row = {
				.contractor = replaying->contractor,
				.standard = standard->name,
				.has_values = standard_has_values(standard),
				.record_before = was->of_record,
				.record_after = is->of_record,
				.indicated_before = was->indicated,
				.indicated_after = is->indicated,
				.standing_before = score_standing_name(was->standing),
				.standing_after = score_standing_name(is->standing),
				.handling_before = (int64_t)was->handling_open,
				.handling_after = (int64_t)is->handling_open,
			};
			r = replaying->asked->score(replaying->asked->context, &row, err);
		}
	}
	return r;
}

/* One contractor --------------------------------------------------------------------------------------- */

static int tell_change(void *context, const struct store_replay_change *change, struct err *err)
{
	const struct replaying *replaying = context;
	return replaying->asked->change(replaying->asked->context, replaying->contractor, change,
					err);
}

/* The books as they are, then as they would be, or will. */
static int write_and_tell(struct replaying *replaying, int32_t contractor_id, struct err *err)
{
	const struct replaying_asked *asked = replaying->asked;
	struct side before = { 0 }, after = { 0 };
	int r = 0;

	if (asked->score)
		r = read_side(replaying, contractor_id, false, &before, err);
	if (r == 0)
		r = store_replay_as_if(replaying->replay, true, err);
	if (r == 0)
		r = store_replay_write(replaying->replay, asked->reason,
				       command_person(replaying->run), err);
	if (r == 0 && asked->score)
		r = read_side(replaying, contractor_id, true, &after, err);
	if (r == 0 && asked->change)
		r = store_replay_changes(replaying->replay, tell_change, replaying, err);
	if (r == 0 && asked->score)
		r = tell_scores(replaying, &before, &after, err);
	side_done(&before);
	side_done(&after);
	return r;
}

static int judge_contractor(struct replaying *replaying, int32_t contractor_id, struct err *err)
{
	struct store_replay_totals totals;
	int r = judge(replaying, err);
	int more = r < 0 || !replaying->asked->apply ? 0 : store_replay_lock(replaying->replay, err);

	if (more > 0)
		r = judge(replaying, err);
	else if (more < 0)
		r = more;
	if (r == 0)
		r = store_replay_compare(replaying->replay, &totals, err);
	clear_progress(replaying);
	if (r < 0)
		return r;
	replaying->totals.contractors++;
	replaying->totals.batches += totals.batches;
	replaying->totals.records += totals.records;
	replaying->totals.changes += totals.changes;
	replaying->totals.left += totals.left;
	return write_and_tell(replaying, contractor_id, err);
}

struct contractors {
	struct store_replay_scope *list;
	size_t count, room;
	struct arena *arena;
};

static int note_contractor(void *context, const struct store_contractor *row, struct err *err)
{
	struct contractors *all = context;

	if (all->count == all->room) {
		size_t room = all->room ? 2 * all->room : 64;
		struct store_replay_scope *more = reallocarray(all->list, room, sizeof(*more));
		if (!more)
			return err_set(err, ERR_MEMORY, "out of memory");
		all->list = more;
		all->room = room;
	}
	const char *code = arena_string(all->arena, row->code);
	if (!code)
		return err_set(err, ERR_MEMORY, "out of memory");
	all->list[all->count++] = (struct store_replay_scope){ .contractor_id = row->id,
							       .contractor = code };
	return 0;
}

static int do_contractor(struct replaying *replaying, struct store_replay_scope *scope,
			 struct err *err)
{
	struct err ignored;
	int r = store_replay_begin(replaying->replay, scope, err);

	if (r <= 0)
		return r;
	replaying->contractor = scope->contractor;
	r = judge_contractor(replaying, scope->contractor_id, err);
	if (r == 0)
		return store_replay_end(replaying->replay, replaying->asked->apply, err);
	(void)(store_replay_end(replaying->replay, false, &ignored) == 0);
	return r;
}

static int do_all(struct replaying *replaying, struct contractors *all, struct err *err)
{
	const struct replaying_asked *asked = replaying->asked;
	int r = asked->apply ? store_replay_must_be_in_force(replaying->replay, err) : 0;

	if (r == 0)
		r = store_contractors(replaying->pg, asked->contractor, note_contractor, all, err);
	if (r == 0 && all->count == 0)
		r = asked->contractor ?
			    err_set(err, ERR_NEGATIVE, "there is no contractor %s", asked->contractor) :
			    err_set(err, ERR_NEGATIVE, "no contractor is enrolled");
	for (size_t i = 0; r == 0 && i < all->count; i++) {
		int64_t bytes;
		all->list[i].since = asked->since;
		all->list[i].until = asked->until;
		all->list[i].late = asked->late;
		r = store_replay_weigh(replaying->replay, &all->list[i], &bytes, err);
		replaying->all += r == 0 ? bytes : 0;
	}
	for (size_t i = 0; r == 0 && i < all->count; i++)
		r = do_contractor(replaying, &all->list[i], err);
	return r;
}

int replaying_do(struct replaying *replaying, const struct replaying_asked *asked,
		 struct replaying_totals *ret_totals, struct err *err)
{
	struct contractors all = { .arena = command_arena(replaying->run) };
	int r;

	replaying->asked = asked;
	replaying->totals = (struct replaying_totals){ 0 };
	replaying->all = replaying->done = 0;
	replaying->shows_progress = isatty(STDERR_FILENO);
	if (replaying->shows_progress)
		clear_when_interrupted();
	r = do_all(replaying, &all, err);
	clear_progress(replaying);
	free(all.list);
	*ret_totals = replaying->totals;
	return r;
}
