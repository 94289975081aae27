/* What time brings, and letters to contractors. */
#include "writer/writer.h"
#include "writer/letters.h"

#include <stdio.h>
#include <time.h>

#define PASS_EVERY 5000            /* ms between two looks into the outbox */
#define PASS_AGAIN 60000           /* where a letter could not go */

/* This moment. */
static int64_t moment(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return time.tv_sec * MICROSECONDS + time.tv_nsec / 1000;
}

static int64_t milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int compose(struct writer *writer, const struct store_letter *letter,
		   struct ipc_letter *head, struct buffer *both, struct err *err)
{
	int done = letter_compose(writer->pg, letter, head->sent, both, &head->text_length, err);

	if (done == 0 && both->failed)
		done = err_set(err, ERR_LIMIT, "the letter is too long");
	snprintf(head->contractor, sizeof(head->contractor), "%s", letter->contractor);
	if (strcmp(letter->action, "notice") == 0)
		snprintf(head->name, sizeof(head->name), "%s.notice", letter->violation);
	else
		snprintf(head->name, sizeof(head->name), "%s.%lld.%s", letter->violation,
			 (long long)letter->act, letter->action);
	return done;
}

/* A letter that cannot go stays in the outbox, and keeps back no other. */
static int skip(struct writer *writer, const char *what, struct err *err)
{
	if (!pg_is_alive(writer->pg) || err->code == ERR_MEMORY)
		return -(int)err->code;
	log_error("%s: %s; it is tried again", what, err->text);
	writer->letters_failed = true;
	return 0;
}

/* One letter to musterd, which writes it into the spool. */
static int send_letter(void *context, const struct store_letter *letter, struct err *err)
{
	struct writer *writer = context;
	struct ipc_letter head = { .violation_id = letter->violation_id,
				   .contractor_id = letter->contractor_id,
				   .act = (int32_t)letter->act,
				   .sent = moment() };
	CLEAN(buffer) struct buffer both;
	int done;

	buffer_init(&both, IPC_LARGEST - sizeof(head));
	if (letter->wanted)
		done = compose(writer, letter, &head, &both, err);
	else
		done = store_letter_done(writer->pg, letter->contractor_id, letter->violation_id,
					 letter->act, MOMENT_NONE, err);
	if (done < 0)
		return skip(writer, letter->violation, err);
	if (!letter->wanted)
		return 0;
	writer->letters++;
	return ipc_send(writer->daemon, IPC_WRITER_LETTER, block_of(&head, sizeof(head)),
			buffer_text(&both), -1, err);
}

/* Some letters at a time: the next when these have been written. */
static int send_more(struct writer *writer, struct err *err)
{
	size_t count = 1;
	int done = 0;

	while (done == 0 && count && !writer->letters)
		done = store_letters_due(writer->pg, &writer->letters_at, send_letter, writer,
					 &count, err);
	return done;
}

/* Each letter once. */
static int send_letters(struct writer *writer, struct err *err)
{
	writer->next_pass = milliseconds() + PASS_EVERY;
	if (writer->letters)
		return 0;
	writer->letters_at = (struct store_letter_place){ .at = MOMENT_NONE };
	writer->letters_failed = false;
	return send_more(writer, err);
}

/* musterd is told that all is done once every letter is out. */
static int feeds_finish(struct writer *writer, struct err *err)
{
	if (!writer->feeds_asked || writer->letters)
		return 0;
	writer->feeds_asked = false;
	return ipc_send(writer->daemon, IPC_WRITER_FEEDS_DONE, TEXT_NONE, TEXT_NONE, -1, err);
}

/* What fails of one kind keeps back nothing of another; without the books nothing goes on. */
static int note_failure(const struct writer *writer, int done, const struct err *err)
{
	if (done == 0 || !pg_is_alive(writer->pg))
		return done;
	log_error("what time has brought cannot be recorded: %s", err->text);
	return 0;
}

/* What has lapsed; nothing of it where the clock was moved meanwhile. */
static int pass(struct writer *writer, int64_t until, int64_t *ret_acts, struct err *err)
{
	CLEAN(pg_transaction) struct pg_transaction transaction = { 0 };
	bool moved = false;
	int done = pg_begin(writer->pg, &transaction, err);

	if (done == 0)
		done = store_pass_until(writer->pg, until, ret_acts, err);
	if (done == 0)
		done = clock_has_moved(writer, &moved, err);
	if (done < 0)
		return done;
	if (!moved)
		return pg_commit(&transaction, err);
	*ret_acts = 0;
	return 0;
}

/*
 * Whoever is silent is so, and what has not been answered by now has lapsed,
 * but for what waits to be taken.
 */
int office_look(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_feeds *feeds = ipc_payload(frame, sizeof(*feeds));
	struct text waiting = text_skip(frame->payload, sizeof(*feeds));
	size_t count = waiting.length / sizeof(struct ipc_waiting);
	int64_t acts = 1;

	if (!feeds || count * sizeof(struct ipc_waiting) != waiting.length)
		return err_set(err, ERR_PROTOCOL, "feeds");
	bool held = false;
	int done = store_waiting_set(writer->pg, (const void *)(feeds + 1), count, err);
	if (done == 0)
		done = clock_is_held(writer, &held, err);
	if (done == 0)
		done = clock_keep(writer, err);
	if (done == 0 && !held)
		done = note_failure(writer, store_feeds_check(writer->pg, feeds->now, err), err);
	while (done == 0 && !held && acts)
		if ((done = pass(writer, feeds->now, &acts, err)) < 0) {
			done = note_failure(writer, done, err);
			break;
		}
	if (done == 0 && !held)
		done = send_letters(writer, err);
	writer->feeds_asked = true;
	return done < 0 ? done : feeds_finish(writer, err);
}

int office_letter_written(struct writer *writer, const struct ipc_frame *frame,
			     struct err *err)
{
	const struct ipc_letter *letter = ipc_payload(frame, sizeof(*letter));
	int done = 0;

	if (!letter || !writer->letters)
		return err_set(err, ERR_PROTOCOL, "letter");
	writer->letters--;
	writer->letters_failed |= !letter->written;
	if (letter->written)
		done = store_letter_done(writer->pg, letter->contractor_id, letter->violation_id,
					 letter->act, letter->sent, err);
	if (done < 0)
		done = skip(writer, "a letter that was written", err);
	if (done == 0)
		done = send_more(writer, err);
	if (writer->letters_failed)
		writer->next_pass = milliseconds() + PASS_AGAIN;
	return done < 0 ? done : feeds_finish(writer, err);
}

/* How the office works. */
int office_set(struct writer *writer, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_office *told = ipc_payload(frame, sizeof(*told));

	if (!told || writer->office)
		return err_set(err, ERR_PROTOCOL, "office");
	struct text rest = text_skip(frame->payload, sizeof(*told));
	struct store_office office = {
		.hold = told->outbox_hold,
		.weekend = told->weekend,
		.reply_longest = told->reply_longest,
		.plan_longest = told->plan_longest,
		.inquiry_hours = told->inquiry_hours,
		.initial_report_hours = told->initial_report_hours,
		.final_report_days = told->final_report_days,
		.audit_review_days = told->audit_review_days,
	};
	office.zone = text_split(&rest, '\n');
	office.holidays = rest.length ? rest : TEXT("");
	uint32_t bound = told->clock_bound;
	int done = store_office_configure(writer->pg, &office, err);
	if (done == 0)
		done = clock_begin(writer, bound, err);
	writer->office = done == 0;
	return done;
}

int office_pass(struct writer *writer, struct err *err)
{
	bool held = false;
	int done = clock_is_held(writer, &held, err);

	writer->next_pass = milliseconds() + PASS_EVERY;
	if (done == 0 && !held)
		done = send_letters(writer, err);
	if (writer->letters_failed)
		writer->next_pass = milliseconds() + PASS_AGAIN;
	return done;
}

int office_wait(const struct writer *writer)
{
	int64_t now = milliseconds();

	if (!writer->office || writer->stage != STAGE_WAITING)
		return -1;
	return writer->next_pass > now ? (int)(writer->next_pass - now) : 0;
}
