/*
 * Reference data that comes after the records it is about: who imports it has
 * them judged again; what was in work meanwhile, or was left when that ended
 * early, is seen to here. The books say what is late, so nothing is kept.
 */
#include "daemon/parts.h"

#define RUN_TIME 500                   /* ms between two looks at one that runs */

static void start(struct daemon *daemon)
{
	struct late *late = &daemon->late;
	const char *const arguments[] = { "muster", "-c", daemon->options->config, "replay",
					  "--late", "--apply", NULL };
	struct err err = { 0 };

	late->wanted = false;
	late->since = daemon_now();
	if (child_start_plain(&late->child, daemon->options->muster, arguments, &err) < 0) {
		late->child = (struct child){ .words = -1 };
		log_warning("records that reference data came late for are not judged again: %s",
			    err.text);
	}
}

void late_turn(struct daemon *daemon)
{
	struct late *late = &daemon->late;
	const char *how;

	late->wanted &= daemon->options->muster != NULL;
	if (late->child.pid) {
		child_relay(&late->child, daemon_now());
		if (!child_has_ended(&late->child, &how))
			return;
		if (!how) {
			late->backoff = (struct backoff){ 0 };
		} else {
			daemon_progress_clear(daemon);
			log_error("judging again what reference data came late for %s", how);
			backoff_add(&late->backoff);
			/* Deliveries do not fail for it: it is tried again, next time at the latest. */
			late->wanted = !daemon->options->once;
		}
	}
	if (late->wanted && daemon->supervisor.writer_ready && !daemon->stopping &&
	    late->backoff.until <= daemon_now())
		start(daemon);
}

bool late_is_busy(const struct daemon *daemon)
{
	return daemon->late.wanted || daemon->late.child.pid;
}

int64_t late_next(const struct daemon *daemon)
{
	const struct late *late = &daemon->late;

	if (late->child.pid)
		return daemon_now() + RUN_TIME;
	return late->wanted ? late->backoff.until : INT64_MAX;
}

void late_close(struct daemon *daemon)
{
	char how[CHILD_HOW];

	child_end(&daemon->late.child, how);
}
