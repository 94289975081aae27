/* What an audit event means, once its records have been read. */
#include "decode/auditd.h"

static const struct {
	struct text name;
	enum event_action action;
	enum auditd_field object;
} types[] = {
#define TYPE(name, action, object) \
	{ { name, sizeof(name) - 1 }, EVENT_##action, AUDITD_##object },
#include "decode/auditd_types.def"
#undef TYPE
};

static const struct system_call {
	struct text name;
	int x86_64, aarch64;
	enum event_action action;
} system_calls[] = {
#define SYSCALL(name, x86_64, aarch64, action) \
	{ { name, sizeof(name) - 1 }, x86_64, aarch64, EVENT_##action },
#include "decode/auditd_syscalls.def"
#undef SYSCALL
};

struct text auditd_system_call_name(struct text arch, struct text number)
{
	bool x86_64 = text_equal(arch, TEXT("c000003e"));
	uint64_t wanted;

	if ((!x86_64 && !text_equal(arch, TEXT("c00000b7"))) ||
	    !text_to_u64(number, &wanted) || wanted > 1000)
		return TEXT_NONE;
	for (size_t i = 0; i < ARRAY_LENGTH(system_calls); i++)
		if ((x86_64 ? system_calls[i].x86_64 : system_calls[i].aarch64) ==
		    (int)wanted)
			return system_calls[i].name;
	return TEXT_NONE;
}

void auditd_facts_type(struct auditd_facts *facts, struct text type)
{
	if (text_equal(type, TEXT("SYSCALL")))
		facts->system_call = true;
	if (facts->object != AUDITD_NO_FIELD)
		return;
	for (size_t i = 0; i < ARRAY_LENGTH(types); i++) {
		if (text_equal(type, types[i].name)) {
			facts->type = type;
			facts->action = types[i].action;
			facts->object = types[i].object;
			return;
		}
	}
}

/* How much a path says about what was acted on. */
static int path_rank(const struct auditd_path *path)
{
	if (!path->name.bytes)
		return 0;
	if (text_equal(path->nametype, TEXT("DELETE")))
		return 5;
	if (text_equal(path->nametype, TEXT("CREATE")))
		return 4;
	if (text_equal(path->nametype, TEXT("NORMAL")))
		return 3;
	return text_equal(path->nametype, TEXT("PARENT")) ? 1 : 2;
}

void auditd_facts_path(struct auditd_facts *facts, const struct auditd_path *path)
{
	if (path_rank(path) > path_rank(&facts->path))
		facts->path = *path;
}

/* A path without ".", ".." and doubled slashes; relative ones are below directory. */
static struct text path_resolved(struct text directory, struct text path,
				 struct arena *scratch)
{
	bool absolute = path.length > 0 && path.bytes[0] == '/';
	char *to = arena_get(scratch, directory.length + path.length + 3);
	struct text sources[2] = { absolute ? TEXT_NONE : directory, path };
	size_t length = 0;

	if (!to || path.length == 0 ||
	    (!absolute && (directory.length == 0 || directory.bytes[0] != '/')))
		return path;
	for (size_t i = 0; i < 2; i++) {
		while (sources[i].bytes) {
			struct text part = text_split(&sources[i], '/');
			if (part.length == 0 || text_equal(part, TEXT(".")))
				continue;
			if (text_equal(part, TEXT(".."))) {
				while (length > 0 && to[--length] != '/')
					;
				continue;
			}
			to[length++] = '/';
			memcpy(to + length, part.bytes, part.length);
			length += part.length;
		}
	}
	if (length == 0)
		to[length++] = '/';
	return (struct text){ to, length };
}

static bool is_set(struct text number)
{
	return number.length > 0 && !text_equal(number, TEXT("4294967295")) &&
	       !text_equal(number, TEXT("-1")) && !text_equal(number, TEXT("unset"));
}

/* The number of hexadecimal digits without "0x"; 0 for anything else. */
static uint64_t hex_number(struct text t)
{
	uint64_t number = 0;

	for (size_t i = 0; i < t.length && i < 16; i++) {
		int digit = hex_digit(t.bytes[i]);
		if (digit < 0)
			return 0;
		number = number << 4 | (uint64_t)digit;
	}
	return number;
}

/* open(2) and openat(2) say in their flags whether they write. */
static enum event_action open_action(const struct auditd_facts *facts, struct text call)
{
	uint64_t flags = hex_number(
		facts->values[text_equal(call, TEXT("open")) ? AUDITD_A1 : AUDITD_A2]);

	if (text_equal(facts->path.nametype, TEXT("CREATE")))
		return EVENT_CREATE;
	/* O_WRONLY, O_RDWR, O_TRUNC: the same on both machines. */
	return (flags & 3) != 0 || (flags & 01000) != 0 ? EVENT_WRITE : EVENT_READ;
}

static enum event_action system_call_action(const struct auditd_facts *facts)
{
	struct text call = facts->values[AUDITD_SYSCALL_NAME];

	if (text_equal(call, TEXT("open")) || text_equal(call, TEXT("openat")))
		return open_action(facts, call);
	for (size_t i = 0; i < ARRAY_LENGTH(system_calls); i++)
		if (text_equal(call, system_calls[i].name))
			return system_calls[i].action;
	return EVENT_OTHER;
}

static enum event_outcome outcome_of(const struct auditd_facts *facts)
{
	static const enum auditd_field fields[] = { AUDITD_SUCCESS, AUDITD_RES,
						    AUDITD_RESULT };

	for (size_t i = 0; i < ARRAY_LENGTH(fields); i++) {
		struct text value = facts->values[fields[i]];
		if (text_equal(value, TEXT("yes")) || text_equal(value, TEXT("1")) ||
		    text_equal_nocase(value, TEXT("success")))
			return EVENT_SUCCESS;
		if (value.length > 0)
			return EVENT_FAILURE;
	}
	if (text_equal(facts->values[AUDITD_SERESULT], TEXT("denied")))
		return EVENT_FAILURE;
	return EVENT_OUTCOME_UNKNOWN;
}

/* A name where the log has one, else a number; who logged on before what runs. */
static struct text actor_of(const struct auditd_facts *facts)
{
	const struct text *v = facts->values;
	bool names_other = facts->action == EVENT_ACCOUNT;

	if (facts->action == EVENT_LOGON || facts->action == EVENT_LOGOFF) {
		if (v[AUDITD_ACCT].bytes)
			return v[AUDITD_ACCT];
		if (is_set(v[AUDITD_ID_NAME]))
			return v[AUDITD_ID_NAME];
		if (is_set(v[AUDITD_ID]) && !is_set(v[AUDITD_AUID]))
			return v[AUDITD_ID];
	}
	if (is_set(v[AUDITD_AUID_NAME]))
		return v[AUDITD_AUID_NAME];
	if (is_set(v[AUDITD_AUID]))
		return v[AUDITD_AUID];
	if (!names_other && v[AUDITD_ACCT].bytes)
		return v[AUDITD_ACCT];
	if (is_set(v[AUDITD_UID_NAME]))
		return v[AUDITD_UID_NAME];
	return v[AUDITD_UID];
}

/* "address:port" of a socket, or its path. */
static struct text socket_of(const struct auditd_facts *facts, struct arena *scratch)
{
	const struct text *v = facts->values;

	if (v[AUDITD_PATH].bytes)
		return v[AUDITD_PATH];
	if (!v[AUDITD_ADDR].bytes || !v[AUDITD_PORT].bytes)
		return v[AUDITD_ADDR];
	const char *joined =
		arena_format(scratch,
			     text_find_byte(v[AUDITD_ADDR], ':') < v[AUDITD_ADDR].length
				     ? "[%.*s]:%.*s"
				     : "%.*s:%.*s",
			     TEXT_PRINT(v[AUDITD_ADDR]), TEXT_PRINT(v[AUDITD_PORT]));
	return joined ? text_of(joined) : v[AUDITD_ADDR];
}

static struct text object_of(const struct auditd_facts *facts, enum event_action action,
			     struct arena *scratch)
{
	const struct text *v = facts->values;

	if (facts->object != AUDITD_NO_FIELD && facts->object != AUDITD_EXE) {
		if (v[facts->object].bytes)
			return v[facts->object];
		if (action == EVENT_ACCOUNT && v[AUDITD_ACCT].bytes)
			return v[AUDITD_ACCT];
		if (action == EVENT_ACCOUNT && v[AUDITD_ID].bytes)
			return v[AUDITD_ID];
	}
	if (action == EVENT_CONNECT && v[AUDITD_SADDR].bytes)
		return socket_of(facts, scratch);
	if (facts->path.name.bytes)
		return path_resolved(v[AUDITD_CWD], facts->path.name, scratch);
	if (v[AUDITD_EXE].bytes)
		return v[AUDITD_EXE];
	return v[AUDITD_ACCT];
}

void auditd_event_understand(struct event *event, const struct auditd_facts *facts,
			     struct arena *scratch)
{
	const struct text *v = facts->values;

	event->action = facts->object != AUDITD_NO_FIELD ? facts->action :
			facts->system_call		 ? system_call_action(facts) :
							   EVENT_OTHER;
	event->outcome = outcome_of(facts);
	event->actor = actor_of(facts);
	event->object = object_of(facts, event->action, scratch);
	event->host = v[AUDITD_NODE];
	/* A socket's address is where a call went, not where the actor came from. */
	if (!v[AUDITD_SADDR].bytes)
		event->address =
			v[AUDITD_ADDR].bytes ? v[AUDITD_ADDR] : v[AUDITD_HOSTNAME];
	event->session = is_set(v[AUDITD_SES]) ? v[AUDITD_SES] : TEXT_NONE;
}
