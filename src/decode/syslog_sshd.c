/*
 * What sshd says. Names of users are whatever the other side sent, so they
 * may look like any other part of the message: wherever one stands, the
 * rest is found from the right end.
 */
#include "decode/cursor.h"
#include "decode/syslog.h"

struct sshd {
	const char *event;
	enum event_action action;
	enum event_outcome outcome;
	struct text method, user, address, port, key;
};

/* An address or a host's name: no space in it. */
static bool is_address(struct text t)
{
	return t.length > 0 && t.length <= 255 && text_find_byte(t, ' ') == t.length;
}

static bool is_port(struct text t)
{
	uint64_t port;

	return text_to_u64(t, &port) && port <= 65535;
}

/* All of t is "ADDRESS port PORT" or "ADDRESS". */
static bool read_place(struct text t, struct sshd *ret)
{
	size_t space = text_find_byte(t, ' ');
	struct text address = text_head(t, space), rest = text_skip(t, space);

	if (!is_address(address))
		return false;
	if (take_prefix(&rest, TEXT(" port "))) {
		if (!is_port(rest))
			return false;
		ret->port = rest;
	} else if (rest.length > 0) {
		return false;
	}
	ret->address = address;
	return true;
}

/* t begins with "ADDRESS[ port PORT]", and then anything follows. */
static bool read_place_first(struct text t, struct sshd *ret)
{
	size_t end = 0;

	while (end < t.length && t.bytes[end] != ' ')
		end++;
	struct text address = text_head(t, end), rest = text_skip(t, end);
	if (take_prefix(&rest, TEXT(" port "))) {
		struct text port = text_head(rest, count_digits(rest));
		if (is_port(port))
			ret->port = port;
	} else if (address.length > 0 && address.bytes[address.length - 1] == ':') {
		address.length--;
	}
	if (!is_address(address))
		return false;
	ret->address = address;
	return true;
}

/* t is "USER from PLACE", where USER may hold anything. */
static bool read_user_from(struct text t, struct sshd *ret)
{
	size_t from = find_last(t, TEXT(" from "));

	if (from == t.length || !read_place(text_skip(t, from + 6), ret))
		return false;
	ret->user = text_head(t, from);
	return true;
}

/* Of ": RSA-CERT SHA256:… ID …" the hash of the key itself. */
static struct text read_fingerprint(struct text after)
{
	while (after.length > 0) {
		struct text word = text_split(&after, ' ');
		if (text_starts_with(word, TEXT("SHA256:")) ||
		    text_starts_with(word, TEXT("MD5:")))
			return word;
	}
	return TEXT_NONE;
}

/* "METHOD for [invalid user ]USER from PLACE ssh2[: KEY]". */
static bool read_attempt(struct text t, struct sshd *ret)
{
	size_t space = text_find(t, TEXT(" for "));
	size_t protocol = find_last(t, TEXT(" ssh2"));
	struct text after = text_skip(t, protocol + 5);

	if (space == t.length || protocol == t.length || protocol < space + 5 ||
	    (after.length > 0 && after.bytes[0] != ':'))
		return false;
	ret->method = text_head(t, space);
	ret->key = read_fingerprint(after);
	t = text_skip(text_head(t, protocol), space + 5);
	take_prefix(&t, TEXT("invalid user "));
	return read_user_from(t, ret);
}

static bool say_accepted(struct text t, struct sshd *ret)
{
	ret->action = EVENT_LOGON;
	ret->outcome = EVENT_SUCCESS;
	return read_attempt(t, ret);
}

static bool say_failed(struct text t, struct sshd *ret)
{
	ret->action = EVENT_LOGON;
	ret->outcome = EVENT_FAILURE;
	return read_attempt(t, ret);
}

static bool say_invalid_user(struct text t, struct sshd *ret)
{
	ret->outcome = EVENT_FAILURE;
	return read_user_from(t, ret);
}

/* Before 2017: "input_userauth_request: invalid user USER [preauth]". */
static bool say_invalid_request(struct text t, struct sshd *ret)
{
	ret->outcome = EVENT_FAILURE;
	cut_suffix(&t, TEXT(" [preauth]"));
	ret->user = t;
	return true;
}

/* "USER from PLACE not allowed because REASON". */
static bool say_not_allowed(struct text t, struct sshd *ret)
{
	size_t because = find_last(t, TEXT(" not allowed because "));

	ret->action = EVENT_LOGON;
	ret->outcome = EVENT_FAILURE;
	return because < t.length && read_user_from(text_head(t, because), ret);
}

/* "[invalid user ]USER from PLACE ssh2 [preauth]". */
static bool say_too_many(struct text t, struct sshd *ret)
{
	ret->outcome = EVENT_FAILURE;
	cut_suffix(&t, TEXT(" [preauth]"));
	if (!cut_suffix(&t, TEXT(" ssh2")))
		return false;
	take_prefix(&t, TEXT("invalid user "));
	return read_user_from(t, ret);
}

/* "[KIND user USER ]PLACE[ [preauth]]": how a connection ended. */
static bool say_ended(struct text t, struct sshd *ret)
{
	cut_suffix(&t, TEXT(" [preauth]"));
	size_t user = text_find(t, TEXT("user "));
	if (read_place(t, ret))
		return true;
	if (user == t.length)
		return false;
	size_t port = find_last(t, TEXT(" port "));
	size_t before = find_last(text_head(t, port), TEXT(" "));
	if (port == t.length || before == port || before < user + 5 ||
	    !read_place(text_skip(t, before + 1), ret))
		return false;
	ret->user = text_skip(text_head(t, before), user + 5);
	return true;
}

static bool say_logged_off(struct text t, struct sshd *ret)
{
	/* Without "[preauth]" somebody was logged on. */
	if (!text_ends_with(t, TEXT(" [preauth]")))
		ret->action = EVENT_LOGOFF;
	return say_ended(t, ret);
}

static bool say_place_first(struct text t, struct sshd *ret)
{
	return read_place_first(t, ret);
}

static bool say_place_last(struct text t, struct sshd *ret)
{
	size_t from = find_last(t, TEXT(" from "));

	cut_suffix(&t, TEXT(" [preauth]"));
	return from < t.length && read_place(text_skip(t, from + 6), ret);
}

static bool say_failed_place_first(struct text t, struct sshd *ret)
{
	ret->outcome = EVENT_FAILURE;
	return read_place_first(t, ret);
}

static bool say_failed_place_last(struct text t, struct sshd *ret)
{
	ret->outcome = EVENT_FAILURE;
	return say_place_last(t, ret);
}

/* "HOST [ADDRESS] failed - POSSIBLE BREAK-IN ATTEMPT!", "HOST (ADDRESS)". */
static bool say_in_brackets(struct text t, struct sshd *ret)
{
	size_t open = find_last(t, TEXT("[")), close = find_last(t, TEXT("]"));

	ret->outcome = EVENT_FAILURE;
	if (open == t.length) {
		open = find_last(t, TEXT("("));
		close = find_last(t, TEXT(")"));
	}
	if (open == t.length || close == t.length || close < open)
		return false;
	ret->address = text_head(text_skip(t, open + 1), close - open - 1);
	return is_address(ret->address);
}

static bool say_connection(struct text t, struct sshd *ret)
{
	ret->action = EVENT_CONNECT;
	return read_place_first(t, ret);
}

static bool say_nothing(struct text t UNUSED, struct sshd *ret UNUSED)
{
	return true;
}

/* First match decides: a longer beginning stands before its own. */
static const struct {
	struct text begin;
	const char *event;
	bool (*say)(struct text rest, struct sshd *ret);
} sayings[] = {
	{ TEXT("Accepted "), "accepted", say_accepted },
	{ TEXT("Failed "), "failed", say_failed },
	{ TEXT("Invalid user "), "invalid-user", say_invalid_user },
	{ TEXT("Illegal user "), "invalid-user", say_invalid_user },
	{ TEXT("input_userauth_request: invalid user "), "invalid-user",
	  say_invalid_request },
	{ TEXT("User "), "not-allowed", say_not_allowed },
	{ TEXT("error: maximum authentication attempts exceeded for "), "too-many",
	  say_too_many },
	{ TEXT("maximum authentication attempts exceeded for "), "too-many",
	  say_too_many },
	{ TEXT("Connection closed by "), "closed", say_ended },
	{ TEXT("Connection reset by "), "reset", say_ended },
	{ TEXT("Disconnected from "), "disconnect", say_logged_off },
	{ TEXT("Received disconnect from "), "disconnect", say_place_first },
	{ TEXT("error: Received disconnect from "), "disconnect", say_place_first },
	{ TEXT("Did not receive identification string from "), "no-identification",
	  say_failed_place_first },
	{ TEXT("Bad protocol version identification "), "no-identification",
	  say_failed_place_last },
	{ TEXT("Unable to negotiate with "), "negotiation", say_failed_place_first },
	{ TEXT("reverse mapping checking getaddrinfo for "), "spoofed", say_in_brackets },
	{ TEXT("refused connect from "), "refused", say_in_brackets },
	{ TEXT("fatal: Timeout before authentication for "), "timeout",
	  say_failed_place_first },
	{ TEXT("Timeout before authentication for "), "timeout", say_failed_place_first },
	{ TEXT("ssh_dispatch_run_fatal: Connection from "), "reset",
	  say_failed_place_first },
	{ TEXT("Connection from "), "connection", say_connection },
	{ TEXT("Magic value check failed "), "no-identification", say_failed_place_last },
	{ TEXT("Server listening on "), "listening", say_nothing },
};

void syslog_understand_sshd(struct syslog_line *line, struct text message)
{
	struct text t = text_trim(message);
	struct sshd sshd = { 0 };

	for (size_t i = 0; i < ARRAY_LENGTH(sayings); i++) {
		struct text rest = t;
		if (!take_prefix(&rest, sayings[i].begin))
			continue;
		if (!sayings[i].say(rest, &sshd))
			return;
		sshd.event = sayings[i].event;
		break;
	}
	if (!sshd.event)
		return;
	syslog_add(line, SYSLOG_SSHD_EVENT, text_of(sshd.event));
	syslog_add(line, SYSLOG_SSHD_METHOD, sshd.method);
	syslog_add(line, SYSLOG_SSHD_USER, sshd.user);
	syslog_add(line, SYSLOG_SSHD_ADDRESS, sshd.address);
	syslog_add(line, SYSLOG_SSHD_PORT, sshd.port);
	syslog_add(line, SYSLOG_SSHD_KEY, sshd.key);
	line->event->action = sshd.action;
	line->event->outcome = sshd.outcome;
	line->event->actor = sshd.user;
	line->event->address = sshd.address;
}
