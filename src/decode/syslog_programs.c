/* What sudo, su, PAM, systemd-logind and cron say. */
#include "decode/cursor.h"
#include "decode/syslog.h"

/* A name as programs write it: "root" of "root(uid=0)". */
static struct text name_alone(struct text t)
{
	t = text_head(t, text_find_byte(t, ' '));
	t = text_head(t, text_find_byte(t, '('));
	return t.length > 0 ? t : TEXT_NONE;
}

static void set(struct syslog_line *line, enum event_action action,
		enum event_outcome outcome, struct text actor)
{
	line->event->action = action;
	line->event->outcome = outcome;
	line->event->actor = actor;
}

static const struct {
	struct text key;
	enum syslog_field field;
} sudo_keys[] = {
	{ TEXT("TTY="), SYSLOG_SUDO_TTY },
	{ TEXT("PWD="), SYSLOG_SUDO_PWD },
	{ TEXT("USER="), SYSLOG_SUDO_RUNAS },
	{ TEXT("GROUP="), SYSLOG_NO_FIELD },
	{ TEXT("TSID="), SYSLOG_NO_FIELD },
	{ TEXT("ENV="), SYSLOG_NO_FIELD },
	{ TEXT("CHROOT="), SYSLOG_NO_FIELD },
};

static void add_sudo_part(struct syslog_line *line, struct text part)
{
	for (size_t i = 0; i < ARRAY_LENGTH(sudo_keys); i++) {
		if (!take_prefix(&part, sudo_keys[i].key))
			continue;
		if (sudo_keys[i].field != SYSLOG_NO_FIELD)
			syslog_add(line, sudo_keys[i].field, part);
		return;
	}
}

/* "USER : [REFUSAL ; ]TTY=... ; PWD=... ; USER=... ; COMMAND=...". */
static void understand_sudo(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message), user, part, refusal = TEXT_NONE;

	if (!take_until(&t, TEXT(" : "), &user) || user.length == 0)
		return;
	bool first = true, more = true;
	while (more) {
		if (take_prefix(&t, TEXT("COMMAND="))) {
			line->event->object = t;
			syslog_add(line, SYSLOG_SUDO_COMMAND, t);
			break;
		}
		more = take_until(&t, TEXT(" ; "), &part);
		if (first && !text_starts_with(part, TEXT("TTY=")) &&
		    !text_starts_with(part, TEXT("PWD=")))
			refusal = part;
		else
			add_sudo_part(line, part);
		first = false;
	}
	syslog_add(line, SYSLOG_SUDO_USER, user);
	syslog_add(line, SYSLOG_SUDO_REFUSAL, refusal);
	set(line, EVENT_ELEVATE, refusal.bytes ? EVENT_FAILURE : EVENT_SUCCESS, user);
}

static void say_su(struct syslog_line *line, struct text from, struct text to,
		   enum event_outcome outcome)
{
	syslog_add(line, SYSLOG_SU_FROM, from);
	syslog_add(line, SYSLOG_SU_TO, to);
	set(line, EVENT_ELEVATE, outcome, from);
	line->event->object = to;
}

/*
 * util-linux: "(to root) alice on pts/0", "FAILED SU (to root) alice on pts/0".
 * shadow: "Successful su for root by alice", "FAILED su for root by alice",
 * "+ /dev/pts/0 alice:root", "- /dev/pts/0 alice:root".
 */
static void understand_su(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message), from, to, terminal;
	enum event_outcome outcome = EVENT_SUCCESS;

	if (take_prefix(&t, TEXT("FAILED SU ")))
		outcome = EVENT_FAILURE;
	if (take_prefix(&t, TEXT("(to "))) {
		if (take_until(&t, TEXT(") "), &to) &&
		    take_until(&t, TEXT(" on "), &from))
			say_su(line, from, to, outcome);
		return;
	}
	bool done = take_prefix(&t, TEXT("Successful su for "));
	if (done || take_prefix(&t, TEXT("FAILED su for "))) {
		if (take_until(&t, TEXT(" by "), &to))
			say_su(line, t, to, done ? EVENT_SUCCESS : EVENT_FAILURE);
		return;
	}
	done = take_prefix(&t, TEXT("+ "));
	if ((done || take_prefix(&t, TEXT("- "))) &&
	    take_until(&t, TEXT(" "), &terminal) && take_until(&t, TEXT(":"), &from))
		say_su(line, from, t, done ? EVENT_SUCCESS : EVENT_FAILURE);
}

/* The value of "key=" in a list with spaces between; empty where there is none. */
static struct text value_of(struct text list, struct text key)
{
	while (list.bytes) {
		struct text word = text_split(&list, ' ');
		if (take_prefix(&word, key))
			return word;
	}
	return TEXT_NONE;
}

/* What the service was doing when PAM spoke. */
static enum event_action pam_action(const struct syslog_line *line, bool closed)
{
	switch (line->event->source) {
	case EVENT_FROM_SUDO:
	case EVENT_FROM_SU:
		return closed ? EVENT_LOGOFF : EVENT_ELEVATE;
	case EVENT_FROM_PAM:
		return closed ? EVENT_LOGOFF : EVENT_LOGON;
	default:
		/* sshd says the same in its own words, and cron's are no logons. */
		return EVENT_OTHER;
	}
}

static void say_session(struct syslog_line *line, struct text t, bool closed)
{
	struct text user, by = TEXT_NONE;
	enum event_action action = pam_action(line, closed);

	if (take_until(&t, TEXT(" by "), &user))
		by = name_alone(t);
	user = name_alone(user);
	syslog_add(line, SYSLOG_PAM_EVENT, closed ? TEXT("closed") : TEXT("opened"));
	syslog_add(line, SYSLOG_PAM_USER, user);
	syslog_add(line, SYSLOG_PAM_BY, by);
	set(line, action, EVENT_SUCCESS, user);
	if (action == EVENT_ELEVATE && by.length > 0) {
		line->event->actor = by;
		line->event->object = user;
	}
	if (action == EVENT_ELEVATE && line->event->source == EVENT_FROM_SU) {
		syslog_add(line, SYSLOG_SU_FROM, by);
		syslog_add(line, SYSLOG_SU_TO, user);
	}
	if (line->event->source == EVENT_FROM_SSHD) {
		syslog_add(line, SYSLOG_SSHD_EVENT,
			   closed ? TEXT("ended") : TEXT("opened"));
		syslog_add(line, SYSLOG_SSHD_USER, user);
	}
}

/* "logname= uid=0 euid=0 tty=ssh ruser= rhost=ADDRESS  user=USER". */
static void say_failure(struct syslog_line *line, struct text t)
{
	struct text user = value_of(t, TEXT("user=")),
		    address = value_of(t, TEXT("rhost="));
	struct text by = value_of(t, TEXT("ruser="));

	if (by.length == 0)
		by = value_of(t, TEXT("logname="));
	syslog_add(line, SYSLOG_PAM_EVENT, TEXT("failed"));
	syslog_add(line, SYSLOG_PAM_USER, user.length > 0 ? user : TEXT_NONE);
	syslog_add(line, SYSLOG_PAM_BY, by.length > 0 ? by : TEXT_NONE);
	syslog_add(line, SYSLOG_PAM_ADDRESS, address.length > 0 ? address : TEXT_NONE);
	set(line, pam_action(line, false), EVENT_FAILURE, by.length > 0 ? by : user);
	line->event->address = address;
}

/* "pam_unix(sshd:session): ...", "PAM 5 more authentication failures; ...". */
static bool understand_pam(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message), module, service;

	if (text_starts_with(t, TEXT("PAM ")) &&
	    text_find(t, TEXT(" more authentication failure")) < t.length) {
		(void)take_until(&t, TEXT("; "), &service);
		say_failure(line, t);
		return true;
	}
	if (!text_starts_with(t, TEXT("pam_")) || !take_until(&t, TEXT("("), &module) ||
	    module.length > 64 || !take_until(&t, TEXT("): "), &service) ||
	    service.length > 128)
		return false;
	syslog_add(line, SYSLOG_PAM_MODULE, module);
	syslog_add(line, SYSLOG_PAM_SERVICE,
		   text_head(service, text_find_byte(service, ':')));
	if (take_prefix(&t, TEXT("session opened for user ")))
		say_session(line, t, false);
	else if (take_prefix(&t, TEXT("session closed for user ")))
		say_session(line, t, true);
	else if (take_prefix(&t, TEXT("authentication failure; ")))
		say_failure(line, t);
	return true;
}

static void say_logind(struct syslog_line *line, const char *what,
		       enum event_action action, struct text session, struct text user)
{
	syslog_add(line, SYSLOG_LOGIND_EVENT, text_of(what));
	syslog_add(line, SYSLOG_LOGIND_SESSION, session);
	syslog_add(line, SYSLOG_LOGIND_USER, user);
	set(line, action, EVENT_SUCCESS, user);
	line->event->session = session;
}

/* "New session 7 of user alice.", "Session 7 logged out. ...", "Removed session 7.". */
static void understand_logind(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message), session;

	if (take_prefix(&t, TEXT("New session "))) {
		if (!take_until(&t, TEXT(" of user "), &session))
			return;
		if (text_ends_with(t, TEXT(".")))
			t.length--;
		say_logind(line, "new", EVENT_LOGON, session, t);
	} else if (take_prefix(&t, TEXT("Session "))) {
		if (take_until(&t, TEXT(" logged out"), &session))
			say_logind(line, "ended", EVENT_LOGOFF, session, TEXT_NONE);
	} else if (take_prefix(&t, TEXT("Removed session "))) {
		say_logind(line, "removed", EVENT_OTHER,
			   text_head(t, text_find_byte(t, '.')), TEXT_NONE);
	}
}

/* "(root) CMD (run-parts /etc/cron.hourly)". */
static void understand_cron(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message), user;

	if (!take_prefix(&t, TEXT("(")) || !take_until(&t, TEXT(") CMD ("), &user))
		return;
	if (text_ends_with(t, TEXT(")")))
		t.length--;
	syslog_add(line, SYSLOG_CRON_USER, user);
	syslog_add(line, SYSLOG_CRON_COMMAND, t);
	set(line, EVENT_EXECUTE, EVENT_SUCCESS, user);
	line->event->object = t;
}

static const struct {
	struct text app;
	enum event_source source;
	void (*understand)(struct syslog_line *line, struct text message);
} programs[] = {
	{ TEXT("sshd"), EVENT_FROM_SSHD, syslog_understand_sshd },
	{ TEXT("sshd-session"), EVENT_FROM_SSHD, syslog_understand_sshd },
	{ TEXT("sshd-auth"), EVENT_FROM_SSHD, syslog_understand_sshd },
	{ TEXT("sudo"), EVENT_FROM_SUDO, understand_sudo },
	{ TEXT("su"), EVENT_FROM_SU, understand_su },
	{ TEXT("su-l"), EVENT_FROM_SU, understand_su },
	{ TEXT("systemd-logind"), EVENT_FROM_LOGIND, understand_logind },
	{ TEXT("CRON"), EVENT_FROM_CRON, understand_cron },
	{ TEXT("CROND"), EVENT_FROM_CRON, understand_cron },
	{ TEXT("cron"), EVENT_FROM_CRON, understand_cron },
	{ TEXT("crond"), EVENT_FROM_CRON, understand_cron },
};

/* "message repeated N times: [ MESSAGE]" stands for MESSAGE. */
static struct text without_repetition(struct syslog_line *line, struct text message)
{
	struct text t = message, count;

	if (!take_prefix(&t, TEXT("message repeated ")) ||
	    !take_until(&t, TEXT(" times: ["), &count) || !text_ends_with(t, TEXT("]")))
		return message;
	uint64_t number;
	if (!text_to_u64(count, &number))
		return message;
	syslog_add(line, SYSLOG_REPEATED, count);
	t.length--;
	return text_trim(t);
}

void syslog_understand(struct syslog_line *line)
{
	const struct syslog_header *header = &line->header;
	struct text message = without_repetition(line, header->message);
	void (*understand)(struct syslog_line *, struct text) = NULL;

	syslog_add(line, SYSLOG_MESSAGE, message);
	for (size_t i = 0; i < ARRAY_LENGTH(programs); i++) {
		if (text_equal(header->app, programs[i].app)) {
			line->event->source = programs[i].source;
			understand = programs[i].understand;
			break;
		}
	}
	/* sshd's lines belong together by its process. */
	if (line->event->source == EVENT_FROM_SSHD)
		line->event->session = header->pid;
	if (!understand && text_starts_with(message, TEXT("pam_")))
		line->event->source = EVENT_FROM_PAM;
	if (!understand_pam(line, message) && understand)
		understand(line, message);
}
