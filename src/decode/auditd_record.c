/* One record of the audit log: its header and its fields. */
#include "decode/auditd.h"
#include "decode/cursor.h"

#include <arpa/inet.h>

#define NAME_LIMIT 128
/* A header begins within so many bytes, and its identity is no longer than that. */
#define HEADER_LIMIT 1024
#define ID_LIMIT 64
#define SEPARATOR '\x1d'

const struct text auditd_field_names[] = {
#define FIELD(identifier, name, form) { name, sizeof(name) - 1 },
#include "decode/auditd_fields.def"
#undef FIELD
};

static const bool is_string[AUDITD_FIELD_COUNT] = {
#define PLAIN false
#define STRING true
#define FIELD(identifier, name, form) [AUDITD_##identifier] = form,
#include "decode/auditd_fields.def"
#undef FIELD
#undef STRING
#undef PLAIN
};

/* "seconds.fraction:serial" and nothing else. */
static enum auditd_header_state read_id(struct text id, int64_t *ret_time)
{
	size_t seconds = count_digits(id);
	struct text rest = text_skip(id, seconds);
	uint64_t number, serial;

	if (!take_prefix(&rest, TEXT(".")))
		return AUDITD_HEADER_NONE;
	size_t fraction = count_digits(rest);
	struct text fraction_text = text_head(rest, fraction);
	rest = text_skip(rest, fraction);
	if (fraction == 0 || fraction > 9 || !take_prefix(&rest, TEXT(":")) ||
	    !text_to_u64(rest, &serial) || seconds == 0)
		return AUDITD_HEADER_NONE;
	if (!text_to_u64(text_head(id, seconds), &number) || number > 253402300799)
		return AUDITD_HEADER_TIME;
	int64_t microseconds = 0;
	for (size_t i = 0; i < 6; i++)
		microseconds = microseconds * 10 +
			       (i < fraction ? fraction_text.bytes[i] - '0' : 0);
	*ret_time = (int64_t)number * MICROSECONDS + microseconds;
	return AUDITD_HEADER_GOOD;
}

enum auditd_header_state auditd_header_read(struct text line, struct auditd_header *ret)
{
	struct text before, rest = text_head(line, HEADER_LIMIT);

	*ret = (struct auditd_header){ 0 };
	if (!take_until(&rest, TEXT("msg=audit("), &before))
		return text_starts_with(line, TEXT("type=")) &&
				       text_ends_with(line, TEXT(" msg=?")) ?
			       AUDITD_HEADER_EMPTY :
			       AUDITD_HEADER_NONE;
	rest = text_between(rest.bytes, line.bytes + line.length);
	if (text_starts_with(before, TEXT("node=")))
		ret->node = text_skip(text_split(&before, ' '), 5);
	while (before.bytes) {
		struct text word = text_split(&before, ' ');
		if (take_prefix(&word, TEXT("type=")))
			ret->type = word;
	}
	size_t close = text_find_byte(text_head(rest, ID_LIMIT), ')');
	if (ret->type.length == 0 || close >= ID_LIMIT || close == rest.length)
		return AUDITD_HEADER_NONE;
	ret->id = text_head(rest, close);
	ret->body = text_skip(rest, close + 1);
	(void)take_prefix(&ret->body, TEXT(":"));
	return read_id(ret->id, &ret->time);
}

static bool is_upper_hex(struct text t)
{
	if (t.length == 0 || t.length % 2 != 0)
		return false;
	for (size_t i = 0; i < t.length; i++)
		if (!is_digit(t.bytes[i]) && (t.bytes[i] < 'A' || t.bytes[i] > 'F'))
			return false;
	return true;
}

static bool is_absent(struct text t)
{
	return t.length == 0 || text_equal(t, TEXT("?")) ||
	       text_equal(t, TEXT("(null)")) || text_equal(t, TEXT("(none)"));
}

/* Bytes that no text can hold, as \xHH. */
static struct text make_text(struct auditd_reader *reader, struct text bytes)
{
	static const char digits[] = "0123456789ABCDEF";

	if (!memchr(bytes.bytes, 0, bytes.length) &&
	    text_utf8_valid(bytes) == bytes.length)
		return bytes;
	char *to = arena_get(reader->scratch, bytes.length * 4);
	size_t length = 0;
	if (!to) {
		reader->failed = true;
		return TEXT_NONE;
	}
	while (bytes.length > 0) {
		struct text before = text_head(bytes, text_find_byte(bytes, 0));
		size_t good = text_utf8_valid(before);
		memcpy(to + length, bytes.bytes, good);
		length += good;
		if (good < bytes.length) {
			unsigned char byte = (unsigned char)bytes.bytes[good++];
			to[length++] = '\\';
			to[length++] = 'x';
			to[length++] = digits[byte >> 4];
			to[length++] = digits[byte & 15];
		}
		bytes = text_skip(bytes, good);
	}
	return (struct text){ to, length };
}

static struct text hex_bytes(struct auditd_reader *reader, struct text hex)
{
	char *to = arena_get(reader->scratch, hex.length / 2 + 1);

	if (!to) {
		reader->failed = true;
		return TEXT_NONE;
	}
	for (size_t i = 0; i < hex.length / 2; i++)
		to[i] = (char)(hex_digit(hex.bytes[2 * i]) * 16 +
			       hex_digit(hex.bytes[2 * i + 1]));
	return (struct text){ to, hex.length / 2 };
}

/* Add a field as it is. Its first value in the event is a fact. */
static void add(struct auditd_reader *reader, uint32_t index, struct text value,
		bool absent)
{
	const struct known_name *name = known_at(reader->known, index);

	if (!parts_add(reader->parts, name->text, name->number,
		       absent ? TEXT_NONE : value,
		       absent ? EVENT_FIELD_NULL : EVENT_FIELD_TEXT, true))
		reader->failed = true;
	if (index < AUDITD_FIELD_COUNT && !is_absent(value) &&
	    !reader->facts->values[index].bytes && index != AUDITD_NAME)
		reader->facts->values[index] = value;
}

static void add_field(struct auditd_reader *reader, enum auditd_field field,
		      struct text value)
{
	(void)known_mark(reader->known, field);
	add(reader, field, value, false);
}

/* Several keys are joined by 0x01. */
static void add_keys(struct auditd_reader *reader, struct text keys)
{
	while (keys.bytes) {
		struct text key = text_split(&keys, '\x01');
		if (key.length > 0)
			add(reader, AUDITD_KEY, make_text(reader, key), false);
	}
}

/* Arguments are separated by NUL, and may end with one. */
static struct text title_text(struct text bytes)
{
	char *at = (char *)(uintptr_t)bytes.bytes;

	while (bytes.length > 0 && bytes.bytes[bytes.length - 1] == 0)
		bytes.length--;
	for (size_t i = 0; i < bytes.length; i++)
		if (at[i] == 0)
			at[i] = ' ';
	return bytes;
}

/* "a0" to "a99999" of an EXECVE are strings, of a SYSCALL numbers. */
static bool is_argument(const struct auditd_reader *reader, struct text name)
{
	return text_equal(reader->type, TEXT("EXECVE")) && name.length > 1 &&
	       name.bytes[0] == 'a' &&
	       count_digits(text_skip(name, 1)) == name.length - 1;
}

static void add_string(struct auditd_reader *reader, uint32_t index, struct text hex)
{
	struct text bytes = hex_bytes(reader, hex);

	if (index == AUDITD_KEY)
		add_keys(reader, bytes);
	else if (index == AUDITD_PROCTITLE)
		add(reader, index, make_text(reader, title_text(bytes)), false);
	else
		add(reader, index, make_text(reader, bytes), false);
}

static void add_formatted(struct auditd_reader *reader, enum auditd_field field,
			  const char *formatted)
{
	struct text copy = arena_text(reader->scratch, text_of(formatted));

	if (!copy.bytes)
		reader->failed = true;
	else
		add_field(reader, field, copy);
}

static void add_internet_address(struct auditd_reader *reader, int family,
				 const unsigned char *port, const unsigned char *address)
{
	char out[INET6_ADDRSTRLEN];

	add_field(reader, AUDITD_FAMILY, family == AF_INET ? TEXT("ipv4") : TEXT("ipv6"));
	add_formatted(reader, AUDITD_ADDR, inet_ntop(family, address, out, sizeof(out)));
	snprintf(out, sizeof(out), "%d", port[0] << 8 | port[1]);
	add_formatted(reader, AUDITD_PORT, out);
}

/* A path, or a name that begins with NUL and is no path. */
static void add_local_address(struct auditd_reader *reader, struct text path)
{
	add_field(reader, AUDITD_FAMILY, TEXT("unix"));
	if (path.bytes[0] == 0)
		*(char *)(uintptr_t)path.bytes = '@';
	else
		path = text_head(path, text_find_byte(path, 0));
	while (path.length > 0 && path.bytes[path.length - 1] == 0)
		path.length--;
	add_field(reader, AUDITD_PATH, make_text(reader, path));
}

/* A struct sockaddr of a little-endian machine, in hexadecimal. */
static void add_socket_address(struct auditd_reader *reader, struct text hex)
{
	struct text bytes = hex_bytes(reader, hex);
	const unsigned char *p = (const unsigned char *)bytes.bytes;

	if (bytes.length < 2)
		return;
	int family = p[0] | p[1] << 8;
	if (family == AF_INET && bytes.length >= 8)
		add_internet_address(reader, family, p + 2, p + 4);
	else if (family == AF_INET6 && bytes.length >= 24)
		add_internet_address(reader, family, p + 2, p + 8);
	else if (family == AF_UNIX && bytes.length > 2)
		add_local_address(reader, text_skip(bytes, 2));
	else if (family == AF_NETLINK)
		add_field(reader, AUDITD_FAMILY, TEXT("netlink"));
}

/* The pieces of an argument, "a1[0]" and so on, become one field "a1". */
static void end_joined(struct auditd_reader *reader)
{
	if (!reader->joined_name.bytes)
		return;
	struct text name = reader->joined_name;
	struct text value = arena_text(reader->scratch, buffer_text(&reader->joined));
	reader->joined_name = TEXT_NONE;
	uint32_t index = known_find(reader->known, reader->previous, name);
	if (!value.bytes || reader->joined.failed || index == KNOWN_NONE) {
		reader->failed = true;
		return;
	}
	add(reader, index, make_text(reader, value), false);
}

static bool join(struct auditd_reader *reader, struct text name, struct text value,
		 bool quoted)
{
	size_t open = text_find_byte(name, '[');
	struct text argument = text_head(name, open);

	if (!is_argument(reader, argument))
		return false;
	if (open == name.length) {
		end_joined(reader);
		return false;
	}
	if (!text_equal(argument, reader->joined_name)) {
		end_joined(reader);
		buffer_reset(&reader->joined);
		reader->joined_name = argument;
	}
	if (!quoted && is_upper_hex(value))
		value = hex_bytes(reader, value);
	buffer_add_text(&reader->joined, value);
	return true;
}

static void read_fields(struct auditd_reader *reader, struct text t);

/* A name and its value as written, without quotes. */
static void take_field(struct auditd_reader *reader, struct text name, struct text value,
		       bool quoted)
{
	if (name.length > NAME_LIMIT || join(reader, name, value, quoted))
		return;
	uint32_t index = known_find(reader->known, reader->previous, name);
	if (index == KNOWN_NONE) {
		reader->failed = true;
		return;
	}
	reader->previous = index;
	/* What is said inside of msg='...' does not replace what is said outside. */
	if (!known_mark(reader->known, index) && reader->inner)
		return;
	bool string = index < AUDITD_FIELD_COUNT && is_string[index];
	if (is_argument(reader, name))
		string = true;
	if (!quoted && is_absent(value))
		add(reader, index, value, true);
	else if (!quoted && string && is_upper_hex(value))
		add_string(reader, index, value);
	else if (index == AUDITD_KEY)
		add_keys(reader, value);
	else
		add(reader, index, value, false);
	if (index == AUDITD_SADDR && !quoted && is_upper_hex(value))
		add_socket_address(reader, value);
}

/* "{ saddr_fam=inet laddr=... }" and msg='...' hold fields of their own. */
static void take_inner(struct auditd_reader *reader, struct text name, struct text value)
{
	bool inner = reader->inner;

	take_field(reader, name, value, true);
	reader->inner = true;
	read_fields(reader, value);
	reader->inner = inner;
}

/* Old records close a list: "(hostname=?, addr=?, terminal=cron res=success)". */
static struct text without_list_end(struct text value)
{
	while (value.length > 0 && (value.bytes[value.length - 1] == ',' ||
				    value.bytes[value.length - 1] == ')'))
		if (is_absent(value))
			break;
		else
			value.length--;
	return value;
}

static size_t word_length(struct text t)
{
	size_t n = 0;

	while (n < t.length && t.bytes[n] != ' ' && t.bytes[n] != SEPARATOR)
		n++;
	return n;
}

/* The value that *t begins with goes to the field name. */
static void take_value(struct auditd_reader *reader, struct text name, struct text *t)
{
	char first = t->length > 0 ? t->bytes[0] : ' ';
	struct text rest = text_skip(*t, 1);
	struct text here = text_head(rest, text_find_byte(rest, SEPARATOR));
	size_t end;

	if (first == '"') {
		end = text_find_byte(rest, '"');
		take_field(reader, name, text_head(rest, end), true);
		*t = text_skip(rest, end + 1);
	} else if (first == '\'' && !reader->inner && text_equal(name, TEXT("msg"))) {
		end = find_last(here, TEXT("'"));
		take_inner(reader, name, text_head(here, end));
		*t = text_skip(rest, end + 1);
	} else if (first == '{' && !reader->inner) {
		end = text_find_byte(rest, '}');
		take_inner(reader, name, text_trim(text_head(rest, end)));
		*t = text_skip(rest, end + 1);
	} else {
		end = word_length(*t);
		struct text value = text_head(*t, end);
		take_field(reader, name, reader->inner ? without_list_end(value) : value,
			   false);
		*t = text_skip(*t, end);
	}
}

/* Words before the first field of an old record: "PAM: session open acct=root". */
static void take_operation(struct auditd_reader *reader, struct text words)
{
	words = text_trim(words);
	if (words.length > 0 && known_mark(reader->known, AUDITD_OP))
		add(reader, AUDITD_OP, words, false);
}

/* Fields with "=" one after the other; words without one are skipped. */
static void read_fields(struct auditd_reader *reader, struct text t)
{
	const char *begin = t.bytes;
	struct text before = TEXT_NONE;
	bool none_yet = true;

	while (t.length > 0 && !reader->failed) {
		if (t.bytes[0] == ' ' || t.bytes[0] == SEPARATOR) {
			t = text_skip(t, 1);
			continue;
		}
		struct text word = text_head(t, word_length(t));
		size_t equals = text_find_byte(word, '=');
		if (equals == word.length || equals == 0) {
			before = word;
			t = text_skip(t, word.length);
			continue;
		}
		if (none_yet && reader->inner)
			take_operation(reader, text_between(begin, t.bytes));
		none_yet = false;
		struct text name = text_head(word, equals);
		if (name.bytes[0] == '(' && name.length > 1)
			name = text_skip(name, 1);
		/* "old auid=" in records of old kernels; "new auid=" is the auid. */
		if (text_equal(before, TEXT("old")) && before.bytes + 4 == name.bytes) {
			char *dashed = arena_get(reader->scratch, name.length + 4);
			if (!dashed)
				break;
			memcpy(dashed, "old-", 4);
			memcpy(dashed + 4, name.bytes, name.length);
			name = (struct text){ dashed, name.length + 4 };
		}
		before = TEXT_NONE;
		t = text_skip(t, equals + 1);
		take_value(reader, name, &t);
	}
}

/* "avc:  denied  { read write } for  pid=..." before the fields. */
static void take_avc(struct auditd_reader *reader, struct text *t)
{
	struct text rest = text_trim(*t);

	if (!take_prefix(&rest, TEXT("avc:")))
		return;
	rest = text_trim(rest);
	add_field(reader, AUDITD_SERESULT, text_split(&rest, ' '));
	size_t open = text_find_byte(rest, '{'), close = text_find_byte(rest, '}');
	if (open < close && close < rest.length) {
		struct text list = text_trim(
			text_between(rest.bytes + open + 1, rest.bytes + close));
		while (list.bytes) {
			struct text permission = text_split(&list, ' ');
			if (permission.length > 0)
				add_field(reader, AUDITD_SEPERMS, permission);
		}
		rest = text_skip(rest, close + 1);
	}
	*t = rest;
}

/* After the fields: what they say together. */
static void take_notice(struct auditd_reader *reader)
{
	const struct event_part *part = &reader->parts->list[reader->parts->count - 1];
	struct auditd_path path = { 0 };

	for (uint32_t i = 0; i < part->field_count; i++) {
		const struct event_field *field = &part->fields[i];
		if (text_equal(field->name, TEXT("name")))
			path.name = field->value;
		else if (text_equal(field->name, TEXT("nametype")) ||
			 text_equal(field->name, TEXT("objtype")))
			path.nametype = field->value;
	}
	if (text_equal(reader->type, TEXT("PATH")))
		auditd_facts_path(reader->facts, &path);
	else if (!reader->facts->values[AUDITD_NAME].bytes)
		reader->facts->values[AUDITD_NAME] = path.name;
}

bool auditd_record_begin(struct auditd_reader *reader, const struct auditd_header *header)
{
	struct text body = header->body;

	if (parts_open(reader->parts) != 1)
		return false;
	known_next_record(reader->known);
	reader->previous = KNOWN_NONE;
	reader->type = header->type;
	reader->inner = false;
	auditd_facts_type(reader->facts, header->type);
	add_field(reader, AUDITD_TYPE, header->type);
	if (header->node.length > 0)
		add_field(reader, AUDITD_NODE, header->node);
	if (text_equal(header->type, TEXT("AVC")) ||
	    text_equal(header->type, TEXT("USER_AVC")))
		take_avc(reader, &body);
	read_fields(reader, body);
	return !reader->failed;
}

void auditd_record_continue(struct auditd_reader *reader,
			    const struct auditd_header *header)
{
	read_fields(reader, header->body);
}

/* The name of a SYSCALL's call, which only enriched logs write. */
static void add_system_call(struct auditd_reader *reader)
{
	const struct text *values = reader->facts->values;

	if (!text_equal(reader->type, TEXT("SYSCALL")) ||
	    values[AUDITD_SYSCALL_NAME].bytes)
		return;
	struct text name =
		auditd_system_call_name(values[AUDITD_ARCH], values[AUDITD_SYSCALL]);
	if (name.bytes)
		add_field(reader, AUDITD_SYSCALL_NAME, name);
}

void auditd_record_end(struct auditd_reader *reader)
{
	end_joined(reader);
	add_system_call(reader);
	take_notice(reader);
}
