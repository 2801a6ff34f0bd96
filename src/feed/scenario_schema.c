/* The JSON Schema of scenario files, made from the field tables. Layer: feed. */
#include "feed/scenario_doc.h"

#include "feed/scenario_uncertain.h"

#include <string.h>

static json_t *number_schema(const FieldRow *row, const char *type)
{
    json_t *schema = json_pack("{s:s}", "type", type);
    bool is_open = (row->flags & FIELD_OPEN_MIN) != 0;
    json_object_set_new(schema, is_open ? "exclusiveMinimum" : "minimum", json_real(row->min));
    json_object_set_new(schema, "maximum", json_real(row->max));
    return schema;
}

static json_t *choice_schema(const FieldRow *row)
{
    json_t *names = json_array();
    char name[FIELD_TEXT_BYTES];
    for (int i = 0; field_choice_name(row, i, name, sizeof name); i++)
        json_array_append_new(names, json_string(name));
    return json_pack("{s:s, s:o}", "type", "string", "enum", names);
}

static json_t *field_schema(const FieldRow *row)
{
    json_t *schema = NULL;
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
        schema = number_schema(row, "number");
        break;
    case FIELD_INT:
        schema = number_schema(row, "integer");
        break;
    case FIELD_FLAG:
        schema = json_pack("{s:s}", "type", "boolean");
        break;
    case FIELD_CHOICE:
        schema = choice_schema(row);
        break;
    case FIELD_TEXT:
        schema = json_pack("{s:s, s:i}", "type", "string", "maxLength", FIELD_TEXT_BYTES - 1);
        break;
    case FIELD_ARRAY:
        schema = json_pack("{s:s, s:i, s:o}", "type", "array", "maxItems", FIELD_ARRAY_MAX, "items",
                           number_schema(row, "number"));
        break;
    }
    bool has_unit = row->type != FIELD_CHOICE && row->type != FIELD_TEXT && row->unit[0] != '\0';
    char doc[512];
    snprintf(doc, sizeof doc, "%s%s%s%s", row->doc, has_unit ? " [" : "", has_unit ? row->unit : "",
             has_unit ? "]" : "");
    json_object_set_new(schema, "description", json_string(doc));
    if (row->type == FIELD_NUM) json_object_set_new(schema, "default", json_real(row->default_value));
    if (row->type == FIELD_INT)
        json_object_set_new(schema, "default", json_integer((json_int_t)row->default_value));
    return schema;
}

static json_t *object_schema(json_t *properties)
{
    return json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0, "properties",
                     properties);
}

static json_t *group_schema(const GroupRow *group)
{
    json_t *properties = json_object();
    for (size_t i = 0; i < group->n_rows; i++)
        json_object_set_new(properties, group->rows[i].name, field_schema(&group->rows[i]));
    return object_schema(properties);
}

static void add_members(json_t *properties, const MemberRow *rows, int n)
{
    for (int i = 0; i < n; i++)
        json_object_set_new(properties, rows[i].name,
                            json_pack("{s:s, s:s}", "type", rows[i].type, "description", rows[i].doc));
}

static json_t *option_schema(void)
{
    json_t *properties = json_object(), *kinds = json_array();
    add_members(properties, option_members, n_option_members);
    for (int k = 0; k < N_OPTION_KINDS; k++)
        json_array_append_new(kinds, json_string(option_kind_name((OptionKind)k)));
    json_object_set_new(json_object_get(properties, "kind"), "enum", kinds);
    for (int g = 0; g < N_GROUPS; g++)
        if (input_groups[g].scope == SCOPE_OPTION)
            json_object_set_new(properties, input_groups[g].name,
                                json_pack("{s:s+}", "$ref", "#/$defs/", input_groups[g].name));
    json_t *schema = object_schema(properties);
    json_object_set_new(schema, "required", json_pack("[s, s]", "name", "kind"));
    return schema;
}

static json_t *event_schema(void)
{
    json_t *properties = json_pack(
        "{s:{s:s, s:i, s:i}, s:{s:s, s:s}, s:{s:s, s:i}, s:{s:s, s:i}, s:{s:s}}", "month", "type", "integer",
        "minimum", 0, "maximum", INPUT_MONTHS_MAX, "target", "type", "string", "description",
        "/options/N/ or /options/*/ and one of the paths that `tokentco fields` lists for events", "factor",
        "type", "number", "minimum", 0, "value", "type", "number", "minimum", 0, "note", "type", "string");
    json_t *schema = object_schema(properties);
    json_object_set_new(schema, "required", json_pack("[s, s]", "month", "target"));
    return schema;
}

/* A distribution by its members, or a range in words. */
static json_t *uncertain_schema(void)
{
    json_t *properties = json_object(), *names = json_array();
    add_members(properties, uncertain_members, n_uncertain_members);
    for (int k = 0; k < N_DIST_KINDS; k++) json_array_append_new(names, json_string(dist_rows[k].name));
    json_object_set_new(json_object_get(properties, "dist"), "enum", names);
    json_t *either = json_pack("{s:[o, {s:s, s:s}]}", "anyOf", object_schema(properties), "type", "string",
                               "pattern", "^ *[-+.0-9eE]+ to [-+.0-9eE]+ *$");
    return json_pack("{s:s, s:s, s:o}", "type", "object", "description",
                     "by pointer to a field: /workloads/N/..., /options/N/..., N a number, a name or *; "
                     "/rent/... is every option",
                     "additionalProperties", either);
}

static json_t *correlation_schema(void)
{
    json_t *properties =
        json_pack("{s:{s:s, s:i, s:i, s:{s:s}}, s:{s:s, s:i, s:i}, s:{s:s}}", "between", "type", "array",
                  "minItems", 2, "maxItems", 2, "items", "type", "string", "rank", "type", "number",
                  "exclusiveMinimum", -1, "exclusiveMaximum", 1, "note", "type", "string");
    json_t *schema = object_schema(properties);
    json_object_set_new(schema, "required", json_pack("[s, s]", "between", "rank"));
    return schema;
}

static json_t *list_of(json_t *items, int max)
{
    return json_pack("{s:s, s:i, s:i, s:o}", "type", "array", "minItems", 1, "maxItems", max, "items", items);
}

char *scenario_schema(void)
{
    json_t *definitions = json_object(), *properties = json_object();
    add_members(properties, scenario_members, n_scenario_members);
    json_object_set_new(properties, "schema", json_pack("{s:i}", "const", SCENARIO_SCHEMA));
    json_object_set_new(properties, "accept_defaults",
                        json_pack("{s:[{s:b}, {s:s, s:{s:s}}]}", "anyOf", "const", 1, "type", "array",
                                  "items", "type", "string"));
    json_object_set_new(properties, "workloads",
                        list_of(group_schema(&input_groups[GROUP_WORKLOAD]), INPUT_WORKLOADS_MAX));
    json_object_set_new(properties, "options", list_of(option_schema(), INPUT_OPTIONS_MAX));
    json_object_set_new(properties, "events",
                        json_pack("{s:s, s:o}", "type", "array", "items", event_schema()));
    json_object_set_new(properties, "uncertain", uncertain_schema());
    json_object_set_new(properties, "correlations",
                        json_pack("{s:s, s:o}", "type", "array", "items", correlation_schema()));
    for (size_t i = 0; i < input_groups[GROUP_SCENARIO].n_rows; i++)
        json_object_set_new(properties, input_groups[GROUP_SCENARIO].rows[i].name,
                            field_schema(&input_groups[GROUP_SCENARIO].rows[i]));
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        if (group->scope != SCOPE_OPTION) continue;
        json_object_set_new(definitions, group->name, group_schema(group));
        json_object_set_new(properties, group->name, json_pack("{s:s+}", "$ref", "#/$defs/", group->name));
    }
    json_t *schema = object_schema(properties);
    json_object_set_new(schema, "$schema", json_string("https://json-schema.org/draft/2020-12/schema"));
    json_object_set_new(schema, "title", json_string("tokentco scenario"));
    json_object_set_new(schema, "required", json_pack("[s, s, s]", "schema", "workloads", "options"));
    json_object_set_new(schema, "$defs", definitions);
    char *text = json_dumps(schema, JSON_INDENT(1) | JSON_REAL_PRECISION(15));
    json_decref(schema);
    return text;
}
