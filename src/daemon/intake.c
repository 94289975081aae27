#include "daemon/parts.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

#define LIST_MOST ((size_t)4096)       /* names that are kept of one listing */
#define STUCK_MOST ((size_t)4096)
#define PAUSE 5000                     /* ms after a failure of this machine */
#define IMPORT_TIME 2000               /* ms that an import is given to do its own work */

int intake_open(struct daemon *daemon, struct err *err)
{
	struct intake *intake = &daemon->intake;
	char path[4096];

	intake->spool_watch = -1;
	intake->inotify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (intake->inotify < 0)
		return err_system(err, "inotify");
	/* ".": the directory of all contractors */
	if (snprintf(path, sizeof(path), "%s/spool", daemon->config.instance_directory) <
	    (int)sizeof(path))
		intake->spool_watch = inotify_add_watch(intake->inotify, path,
							IN_CREATE | IN_MOVED_TO | IN_ONLYDIR);
	return 0;
}

static void roster_done(struct roster *roster)
{
	free(roster->bytes);
	*roster = (struct roster){ 0 };
}

static void free_systems(struct contractor *contractor)
{
	while (contractor->systems) {
		struct system *system = contractor->systems;
		contractor->systems = system->next;
		free(system->zone);
		free(system);
	}
}

void intake_close(struct daemon *daemon)
{
	struct intake *intake = &daemon->intake;

	while (intake->contractors) {
		struct contractor *contractor = intake->contractors;
		intake->contractors = contractor->next;
		free_systems(contractor);
		roster_done(&contractor->roster);
		roster_done(&contractor->coming_roster);
		spool_list_done(&contractor->claimed);
		spool_list_done(&contractor->incoming);
		free(contractor->stuck);
		free(contractor);
	}
	intake->turn = NULL;
	fd_clean(&intake->inotify);
}

/* The enrolment -------------------------------------------------------------------- */

static struct contractor *find(struct daemon *daemon, const char *code)
{
	struct contractor *contractor = daemon->intake.contractors;

	while (contractor && strcmp(contractor->code, code) != 0)
		contractor = contractor->next;
	return contractor;
}

void intake_enrol_begin(struct daemon *daemon)
{
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next) {
		c->enrolled = false;
		free_systems(c);
	}
}

static struct contractor *contractor_new(struct daemon *daemon, const char *code)
{
	struct contractor *contractor = calloc(1, sizeof(*contractor));
	struct contractor **last = &daemon->intake.contractors;

	if (!contractor)
		return NULL;
	snprintf(contractor->code, sizeof(contractor->code), "%s", code);
	contractor->watch = -1;
	contractor->look = true;
	while (*last)
		last = &(*last)->next;
	*last = contractor;
	return contractor;
}

static struct system *system_new(const struct ipc_system *row, struct text zone)
{
	struct system *system = calloc(1, sizeof(*system));
	char *bytes = malloc(zone.length + 1);

	if (!system || !bytes) {
		free(system);
		free(bytes);
		return NULL;
	}
	system->id = row->system_id;
	memcpy(system->name, row->system_name, sizeof(system->name));
	memcpy(system->format, row->format, sizeof(system->format));
	memcpy(bytes, zone.bytes, zone.length);
	system->zone = bytes;
	system->zone_length = zone.length;
	return system;
}

int intake_enrol(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_system *row = ipc_payload(frame, sizeof(*row));

	if (!row || row->zone_length != frame->payload.length - sizeof(*row) ||
	    !spool_code_valid(ipc_member(row->contractor)) ||
	    !ipc_member(row->system_name).bytes || !ipc_member(row->format).bytes)
		return err_set(err, ERR_PROTOCOL, "a row of the enrolment is not whole");
	struct contractor *contractor = find(daemon, row->contractor);
	if (!contractor)
		contractor = contractor_new(daemon, row->contractor);
	if (!contractor)
		return err_set(err, ERR_MEMORY, "no memory for the enrolment");
	contractor->id = row->contractor_id;
	contractor->is_unsigned = row->is_unsigned;
	contractor->enrolled = true;
	if (!row->system_id)
		return 0;
	struct system *system = system_new(row, text_skip(frame->payload, sizeof(*row)));
	if (!system)
		return err_set(err, ERR_MEMORY, "no memory for the enrolment");
	system->next = contractor->systems;
	contractor->systems = system;
	return 0;
}

static struct contractor *find_id(struct daemon *daemon, int32_t id)
{
	struct contractor *contractor = daemon->intake.contractors;

	while (contractor && !(contractor->enrolled && contractor->id == id))
		contractor = contractor->next;
	return contractor;
}

static int roster_begin(struct roster *roster, const struct ipc_roster *head, struct err *err)
{
	roster_done(roster);
	roster->version = head->version;
	roster->size = head->size;
	roster->bytes = malloc(head->size + 1);
	return roster->bytes ? 0 : err_set(err, ERR_MEMORY, "no memory for a roster");
}

int intake_roster(struct daemon *daemon, const struct ipc_frame *frame, struct err *err)
{
	const struct ipc_roster *head = ipc_payload(frame, sizeof(*head));
	struct text piece = text_skip(frame->payload, sizeof(*head));
	struct contractor *contractor = head ? find_id(daemon, head->contractor_id) : NULL;

	if (!contractor || head->version <= 0 || head->size > IPC_ROSTER_LARGEST)
		return err_set(err, ERR_PROTOCOL, "a roster is nobody's, or too large");
	struct roster *coming = &contractor->coming_roster;
	if (head->offset == 0 && roster_begin(coming, head, err) < 0)
		return -(int)err->code;
	if (coming->version != head->version || coming->size != head->size ||
	    coming->have != head->offset || piece.length > coming->size - coming->have)
		return err_set(err, ERR_PROTOCOL, "a roster is not whole");
	if (piece.length)
		memcpy(coming->bytes + coming->have, piece.bytes, piece.length);
	coming->have += piece.length;
	if (coming->have < coming->size)
		return 0;
	roster_done(&contractor->roster);
	contractor->roster = *coming;
	*coming = (struct roster){ 0 };
	/* Who imported it is about to judge again, and says what comes of it. */
	if (daemon->announced && !daemon->late.wanted)
		daemon->late.backoff.until = daemon_now() + IMPORT_TIME;
	daemon->late.wanted = true;
	return 0;
}

/* inotify only saves waiting; the scan finds everything without it. */
static void watch(struct daemon *daemon, struct contractor *contractor)
{
	struct intake *intake = &daemon->intake;
	char path[4096];

	if (contractor->watch >= 0 ||
	    !spool_path(daemon->spool, contractor->code, SPOOL_INCOMING, path, sizeof(path)))
		return;
	contractor->watch = inotify_add_watch(intake->inotify, path, IN_MOVED_TO | IN_ONLYDIR);
	if (contractor->watch < 0 && !intake->watch_failed) {
		intake->watch_failed = true;
		log_warning("%s cannot be watched: %s; new logs are found every %lld s%s", path,
			    strerrordesc_np(errno), (long long)daemon->config.daemon_scan_interval,
			    errno == ENOSPC ? " (the limit is fs.inotify.max_user_watches)" : "");
	}
}

/* See whether anything may be taken from a contractor; say once why not. */
static void see(struct daemon *daemon, struct contractor *contractor)
{
	const char *why = NULL;
	bool has_places = spool_contractor_exists(daemon->spool, contractor->code);

	if (contractor->enrolled && !has_places)
		why = "is enrolled but has no directory in the spool";
	else if (contractor->enrolled && !contractor->is_unsigned)
		why = "signs what it delivers: its logs wait, since signatures cannot be checked yet";
	contractor->is_open = contractor->enrolled && !why;
	if (contractor->is_open) {
		contractor->look = true;
		watch(daemon, contractor);
	}
	if (why && !contractor->told)
		log_warning("contractor %s %s", contractor->code, why);
	contractor->told = why != NULL || (contractor->told && !contractor->enrolled);
}

static void tell_unknown(void *context, const char *code)
{
	struct daemon *daemon = context;
	struct contractor *contractor = find(daemon, code);

	if (!contractor)
		contractor = contractor_new(daemon, code);
	if (!contractor || contractor->enrolled || contractor->told)
		return;
	contractor->told = true;
	log_warning("spool/%s belongs to no enrolled contractor; nothing is taken from it", code);
}

void intake_enrol_end(struct daemon *daemon)
{
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next)
		see(daemon, c);
	if (spool_contractor_each(daemon->spool, tell_unknown, daemon, &daemon->trouble) < 0)
		log_error("%s", daemon->trouble.text);
}

const struct system *contractor_system(const struct contractor *contractor, const char *name)
{
	const struct system *system = contractor->systems;

	while (system && strcmp(system->name, name) != 0)
		system = system->next;
	return system;
}

/* What is new ------------------------------------------------------------------------ */

static void notified(struct daemon *daemon, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW)
		intake_look_again(daemon);
	if (event->wd == daemon->intake.spool_watch && event->len)
		supervisor_refresh(daemon);
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next) {
		if (c->watch != event->wd)
			continue;
		c->look = true;
		if (event->mask & IN_IGNORED)
			c->watch = -1;
	}
}

void intake_notified(struct daemon *daemon)
{
	_Alignas(struct inotify_event) char bytes[16384];
	ssize_t got;

	while ((got = read(daemon->intake.inotify, bytes, sizeof(bytes))) > 0) {
		for (ssize_t at = 0; at < got;) {
			const struct inotify_event *event = (const void *)(bytes + at);
			notified(daemon, event);
			at += (ssize_t)(sizeof(*event) + event->len);
		}
	}
}

void intake_look_again(struct daemon *daemon)
{
	daemon->intake.next_scan = daemon_now() + daemon->config.daemon_scan_interval * 1000;
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next)
		see(daemon, c);
}

void intake_forgive(struct daemon *daemon)
{
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next)
		c->stuck_count = 0;
}

/* Taking ----------------------------------------------------------------------------- */

static bool is_stuck(const struct daemon *daemon, const struct contractor *contractor,
		     const char *name)
{
	uint64_t hash = hash_text(&daemon->supervisor.name_key, text_of(name));

	for (size_t i = 0; i < contractor->stuck_count; i++)
		if (contractor->stuck[i] == hash)
			return true;
	return false;
}

static void add_stuck(const struct daemon *daemon, struct contractor *contractor,
		      const char *name)
{
	if (!contractor->stuck)
		contractor->stuck = calloc(STUCK_MOST, sizeof(contractor->stuck[0]));
	if (contractor->stuck && contractor->stuck_count < STUCK_MOST)
		contractor->stuck[contractor->stuck_count++] =
			hash_text(&daemon->supervisor.name_key, text_of(name));
}

/* A receipt is named by the log: two logs of one name go one after the other. */
static bool name_in_work(const struct daemon *daemon, const struct contractor *contractor,
			 const char *name)
{
	for (size_t i = 0; i < daemon->work_room; i++) {
		const struct work *work = &daemon->work[i];
		if (work->contractor == contractor && strcmp(work->delivery.name, name) == 0)
			return true;
	}
	return false;
}

static void list(struct daemon *daemon, struct contractor *contractor, enum spool_place place,
		 struct spool_list *ret_list, size_t *ret_next)
{
	spool_list_done(ret_list);
	*ret_next = 0;
	if (spool_list(daemon->spool, contractor->code, place,
		       place == SPOOL_CLAIMED ? SIZE_MAX / sizeof(struct spool_name) : LIST_MOST,
		       ret_list, &daemon->trouble) < 0)
		log_error("%s", daemon->trouble.text);
}

/* Files that were claimed before musterd was started. */
static bool next_claimed(struct daemon *daemon, struct contractor *contractor,
			 struct spool_delivery *ret_delivery)
{
	if (!contractor->resumed) {
		list(daemon, contractor, SPOOL_CLAIMED, &contractor->claimed,
		     &contractor->next_claimed);
		contractor->resumed = true;
	}
	while (contractor->next_claimed < contractor->claimed.count) {
		const char *file = contractor->claimed.names[contractor->next_claimed].name;
		if (!spool_resume(file, ret_delivery)) {
			log_warning("contractor %s: \"%s\" in claimed is none of musterd's names",
				    contractor->code, file);
			contractor->next_claimed++;
			continue;
		}
		if (name_in_work(daemon, contractor, ret_delivery->name))
			return false;
		contractor->next_claimed++;
		return true;
	}
	spool_list_done(&contractor->claimed);
	contractor->next_claimed = 0;
	return false;
}

/* 1: claimed; 0: not this one; negative: nothing of this contractor for now. */
static int claim(struct daemon *daemon, struct contractor *contractor, const char *name,
		 struct spool_delivery *ret_delivery)
{
	struct err err = { 0 };
	int claimed = spool_claim(daemon->spool, contractor->code, name, ret_delivery, &err);

	if (claimed >= 0)
		return claimed;
	daemon_progress_clear(daemon);
	log_error("contractor %s: \"%s\": %s", contractor->code, name, err.text);
	daemon->trouble = err;
	if (err.number == EACCES || err.number == EPERM || err.number == EBUSY ||
	    err.number == EXDEV) {
		add_stuck(daemon, contractor, name);
		return 0;
	}
	contractor->pause = daemon_now() + PAUSE;
	return claimed;
}

static bool next_incoming(struct daemon *daemon, struct contractor *contractor,
			  struct spool_delivery *ret_delivery)
{
	if (contractor->pause > daemon_now())
		return false;
	if (contractor->next_incoming >= contractor->incoming.count && contractor->look) {
		list(daemon, contractor, SPOOL_INCOMING, &contractor->incoming,
		     &contractor->next_incoming);
		/* What a listing leaves out is found by the next. */
		contractor->look = contractor->incoming.waiting > contractor->incoming.count;
	}
	while (contractor->next_incoming < contractor->incoming.count) {
		const char *name = contractor->incoming.names[contractor->next_incoming].name;
		if (name_in_work(daemon, contractor, name))
			return false;
		int claimed = is_stuck(daemon, contractor, name) ?
				      0 :
				      claim(daemon, contractor, name, ret_delivery);
		if (claimed < 0)
			return false;
		contractor->next_incoming++;
		if (claimed)
			return true;
	}
	return false;
}

bool intake_next(struct daemon *daemon, struct contractor **ret_contractor,
		 struct spool_delivery *ret_delivery)
{
	struct intake *intake = &daemon->intake;
	struct contractor *begin = intake->turn ? intake->turn : intake->contractors;
	struct contractor *contractor = begin;

	if (!begin)
		return false;
	do {
		struct contractor *next =
			contractor->next ? contractor->next : intake->contractors;
		if (contractor->is_open &&
		    (next_claimed(daemon, contractor, ret_delivery) ||
		     next_incoming(daemon, contractor, ret_delivery))) {
			intake->turn = next;
			*ret_contractor = contractor;
			return true;
		}
		contractor = next;
	} while (contractor != begin);
	return false;
}

uint64_t intake_waiting(const struct daemon *daemon)
{
	uint64_t waiting = 0;

	for (const struct contractor *c = daemon->intake.contractors; c; c = c->next) {
		if (!c->is_open)
			continue;
		waiting += c->claimed.count - c->next_claimed;
		waiting += c->incoming.waiting > c->next_incoming ?
				   c->incoming.waiting - c->next_incoming :
				   0;
	}
	return waiting;
}

bool intake_paused(const struct daemon *daemon)
{
	int64_t now = daemon_now();

	for (const struct contractor *c = daemon->intake.contractors; c; c = c->next)
		if (c->is_open && c->pause > now)
			return true;
	return false;
}

/* What waits ------------------------------------------------------------------------- */

#define ANSWERS_MOST 10000u            /* of a contractor, in one look */

struct waiting {
	struct daemon *daemon;
	struct contractor *contractor;
	struct buffer *rows;
	size_t answers;
};

static void add_waiting(void *context, const struct spool_delivery *delivery)
{
	struct waiting *waiting = context;
	struct contractor *contractor = waiting->contractor;
	struct ipc_waiting row = { .contractor_id = contractor->id, .since = delivery->received };
	struct system *system = contractor->systems;

	if (waiting->rows->length >= IPC_WAITING_MOST * sizeof(row) ||
	    is_stuck(waiting->daemon, contractor, delivery->file))
		return;
	if (delivery->kind == SPOOL_LOG) {
		while (system && strcmp(system->name, delivery->system) != 0)
			system = system->next;
		if (!system || system->waiting)
			return;
		system->waiting = true;
	} else if (delivery->kind != SPOOL_REPLY || waiting->answers++ >= ANSWERS_MOST) {
		return;
	}
	snprintf(row.name, sizeof(row.name), "%s", delivery->system);
	buffer_add_text(waiting->rows, TEXT_OF_STRUCT(row));
}

/* Claimed, and not in work yet. */
static void add_claimed(struct waiting *waiting)
{
	const struct contractor *contractor = waiting->contractor;
	struct spool_delivery delivery;

	for (size_t i = contractor->next_claimed; i < contractor->claimed.count; i++)
		if (spool_resume(contractor->claimed.names[i].name, &delivery))
			add_waiting(waiting, &delivery);
}

void intake_tell_waiting(struct daemon *daemon, struct buffer *rows)
{
	for (struct contractor *c = daemon->intake.contractors; c; c = c->next) {
		struct waiting waiting = { daemon, c, rows, 0 };
		struct err err = { 0 };
		for (struct system *system = c->systems; system; system = system->next)
			system->waiting = false;
		if (!c->is_open)
			continue;
		for (size_t i = 0; i < daemon->work_room; i++)
			if (daemon->work[i].contractor == c)
				add_waiting(&waiting, &daemon->work[i].delivery);
		if (!c->resumed)
			list(daemon, c, SPOOL_CLAIMED, &c->claimed, &c->next_claimed);
		c->resumed = true;
		add_claimed(&waiting);
		if (spool_incoming_each(daemon->spool, c->code, add_waiting, &waiting, &err) < 0)
			log_error("%s", err.text);
	}
}
