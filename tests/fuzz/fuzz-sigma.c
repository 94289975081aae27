/*
 * Rules and a record from anywhere: the first half of the input, up to a
 * NUL, is a file of rules, the rest one JSON object.
 */
#include "decode/decode.h"
#include "sigma/sigma.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_record(struct sigma_set *set, struct event_names *names,
		       struct text record)
{
	struct decode_reject reject;
	struct event_part part;
	struct event event = {.bytes = -1, .parts = &part, .part_count = 1};
	const uint32_t *rules;
	char scratch[EVENT_SCRATCH];
	struct text value;
	struct decode_json *json = decode_json_new(names, NULL);
	if (json && decode_json_object(json, record, &part, &reject, NULL) == 1) {
		sigma_set_match(set, &event, &rules);
		for (size_t i = 0; i < sigma_set_columns(set); i++)
			sigma_set_value(set, &event, i, scratch, &value);
	}
	decode_json_free(json);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size}, yaml = TEXT_NONE;
	struct event_names *names = event_names_new();
	struct sigma_set *set = names ? sigma_set_new(names) : NULL;
	struct buffer out;
	if (size)
		yaml = text_split(&rest, '\0');
	buffer_init(&out, 1u << 20);
	if (set && sigma_set_add(set, "fuzz.yml", yaml, NULL, NULL, NULL) >= 0) {
		sigma_set_link(set, NULL, NULL);
		if (sigma_set_compile(set, false, NULL) == 0) {
			for (size_t i = 0; i < sigma_set_count(set); i++)
				sigma_set_explain(set, i, &out);
			try_record(set, names,
				   rest.bytes ? rest : TEXT("{\"f\":\"value\"}"));
		}
	}
	buffer_done(&out);
	sigma_set_free(set);
	event_names_free(names);
	return 0;
}
