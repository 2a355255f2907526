#include "common/config.h"
#include "tests/lib/temp_dir.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A file without a mistake, with single quotes for double ones. */
static const char good_node[] =
    "{'role': 'node',"
    " 'cluster': {'id': '000102030405060708090a0b0c0d0e0f',"
    "  'key': '000102030405060708090A0B0C0D0E0F101112131415161718191a1b1c1d1e1f'},"
    " 'data': '/data/SYD', 'host': '127.0.0.1', 'http_port': 8701, 'admin_port': 9301,"
    " 'region': 'SYD', 'seed': 9, 'policy': 'coordinator',"
    " 'coordinator': {'region': 'IAD', 'url': 'tcp://127.0.0.1:9000',"
    "  'check': {'kind': 'uniform', 'low_ms': 10, 'high_ms': 20.5}},"
    " 'topology': {'name': 'pair', 'time_scale': 0.5,"
    "  'regions': ["
    "   {'code': 'SYD', 'city': 'Sydney', 'country': 'AU', 'lat': -33.87, 'lon': 151.21,"
    "    'hint': 'oc', 'hosts': true, 'jurisdictions': [], 'url': 'tcp://127.0.0.1:9007'},"
    "   {'code': 'IAD', 'city': 'Ashburn', 'country': 'US', 'lat': 39, 'lon': -77,"
    "    'hint': '', 'hosts': false, 'jurisdictions': ['us', 'fedramp'],"
    "    'url': 'tcp://[::1]:9008'}],"
    "  'rtt_ms': [[0.5, 200.25], [200, 0]],"
    "  'jitter': {'kind': 'lognormal', 'mean_ms': 0.2, 'sigma': 0.9,"
    "   'spike_probability': 0.0001, 'spike_low_ms': 5, 'spike_high_ms': 50}},"
    " 'limits': {'fetch_deadline_ms': 15000.5, 'call_count_max': 7},"
    " 'workers': ["
    "  {'name': 'counter', 'bundle': '/w/counter.js', 'vars': {'GREETING': 'hi', 'N': 5},"
    "   'cpu_limit_ms': 1000, 'bindings': [{'name': 'COUNTER', 'space': 1},"
    "                                      {'name': 'ROOM', 'space': 0}]},"
    "  {'name': 'plain', 'bundle': '/w/plain.js', 'vars': {}, 'cpu_limit_ms': 50,"
    "   'bindings': []}],"
    " 'spaces': [{'unique_key': 'counter-Room', 'class_name': 'Room', 'worker': 0},"
    "            {'unique_key': 'counter-Counter', 'class_name': 'Counter', 'worker': 0}],"
    " 'routes': [{'pattern': '*/plain/*', 'worker': 1}]}";

static char *directory;
static char path[200];
static struct config config;
static struct errmsg why;

static int make_directory(void **state)
{
    (void)state;
    directory = temp_dir_make();
    snprintf(path, sizeof path, "%s/config.json", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    temp_dir_remove(directory);
    return 0;
}

/* Reading what the file holds. */

static enum err read_bytes(const void *data, size_t size)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(data, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
    memset(&config, 0, sizeof config);
    memset(&why, 0, sizeof why);
    return config_read(path, &config, &why);
}

static enum err read_text(const char *text)
{
    return read_bytes(text, strlen(text));
}

static enum err read_json(const json_t *json)
{
    char *text = json_dumps(json, JSON_ENCODE_ANY);
    enum err err = read_text(text);
    free(text);
    return err;
}

static json_t *parse(const char *quoted)
{
    char *text = strdup(quoted);
    for (char *byte = text; *byte; byte++)
        if (*byte == '\'')
            *byte = '"';
    json_t *json = json_loads(text, JSON_DECODE_ANY, NULL);
    free(text);
    assert_non_null(json);
    return json;
}

static enum err read_text_quoted(const char *quoted)
{
    json_t *json = parse(quoted);
    enum err err = read_json(json);
    json_decref(json);
    return err;
}

/* The container that holds what `place` names, and the last step to it: a key, or an index. */
static json_t *find(json_t *json, const char *place, char ret_key[64], size_t *ret_index)
{
    for (;;) {
        if (*place == '[') {
            char *end;
            *ret_index = strtoul(place + 1, &end, 10);
            ret_key[0] = 0;
            place = end + 1;
        } else {
            size_t size = strcspn(place, ".[");
            snprintf(ret_key, 64, "%.*s", (int)size, place);
            place += size;
        }
        if (!*place)
            return json;
        json = ret_key[0] ? json_object_get(json, ret_key) : json_array_get(json, *ret_index);
        place += *place == '.';
    }
}

/* Put `value`, with single quotes for double ones, at `place`; NULL takes away what is there. */
static void edit(json_t *json, const char *place, const char *value)
{
    char key[64];
    size_t index = 0;
    json_t *holder = find(json, place, key, &index);
    if (!value && key[0])
        assert_int_equal(json_object_del(holder, key), 0);
    else if (!value)
        assert_int_equal(json_array_remove(holder, index), 0);
    else if (key[0])
        assert_int_equal(json_object_set_new(holder, key, parse(value)), 0);
    else if (index == json_array_size(holder))
        assert_int_equal(json_array_append_new(holder, parse(value)), 0);
    else
        assert_int_equal(json_array_set_new(holder, index, parse(value)), 0);
}

/* The good file with one edit has one mistake, told in this line. */
static void assert_mistake(const char *place, const char *value, const char *line)
{
    json_t *json = parse(good_node);
    edit(json, place, value);
    enum err err = read_json(json);
    char expected[sizeof why.text + 64];
    snprintf(expected, sizeof expected, "%s: 1 mistake\n%s", path, line);
    if (err != ERR_INVALID || strcmp(why.text, expected) != 0)
        fail_msg("%s = %s: expected\n%s\ngot\n%s", place, value ? value : "(nothing)", expected,
                 why.text);
    json_decref(json);
}

static void a_good_file_is_read_in_full(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    assert_int_equal(read_json(json), OK);
    json_decref(json);
    assert_false(config.coordinator);
    assert_string_equal(config.path, path);
    for (int i = 0; i < CLUSTER_ID_BYTES; i++)
        assert_int_equal(config.cluster_id[i], i);
    for (int i = 0; i < KEY_BYTES; i++)
        assert_int_equal(config.cluster_key[i], i);
    assert_string_equal(config.data_path, "/data/SYD");
    assert_string_equal(config.host, "127.0.0.1");
    assert_int_equal(config.http_port, 8701);
    assert_int_equal(config.admin_port, 9301);
    assert_int_equal(config.region, 0);
    assert_int_equal(config.seed, 9);
    assert_string_equal(config.policy->name, "coordinator");
    assert_string_equal(config.coordinator_url, "tcp://127.0.0.1:9000");
    assert_int_equal(config.check.kind, DELAY_UNIFORM);
    assert_true(config.check.low_us == 10000 && config.check.high_us == 20500);
    config_finish(&config);
    config_finish(&config);
}

static void the_topology_arrives(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    assert_int_equal(read_json(json), OK);
    json_decref(json);
    const struct topology *topology = &config.topology;
    assert_string_equal(config.topology_name, "pair");
    assert_true(config.time_scale == 0.5);
    assert_int_equal(topology->region_count, 2);
    assert_int_equal(topology->coordinator_region, 1);
    assert_string_equal(topology->regions[0].code, "SYD");
    assert_int_equal(topology->regions[0].hint, HINT_OC);
    assert_true(topology->regions[0].hosts);
    assert_int_equal(topology->regions[0].jurisdictions, 0);
    assert_int_equal(topology->regions[1].hint, HINT_NONE);
    assert_false(topology->regions[1].hosts);
    assert_int_equal(topology->regions[1].jurisdictions,
                     1u << JURISDICTION_US | 1u << JURISDICTION_FEDRAMP);
    assert_string_equal(config.cities[1], "Ashburn");
    assert_string_equal(config.countries[0], "AU");
    assert_string_equal(config.region_urls[1], "tcp://[::1]:9008");
    assert_int_equal(topology_rtt_us(topology, 0, 0), 500);
    assert_int_equal(topology_rtt_us(topology, 0, 1), 200250);
    assert_int_equal(topology_rtt_us(topology, 1, 0), 200000);
    assert_int_equal(topology->jitter.delay.kind, DELAY_LOGNORMAL);
    assert_true(topology->jitter.delay.mean_us == 200 && topology->jitter.delay.sigma == 0.9);
    assert_true(topology->jitter.spike_probability == 0.0001);
    assert_true(topology->jitter.spike_low_us == 5000 && topology->jitter.spike_high_us == 50000);
    config_finish(&config);
}

static void workers_and_spaces_arrive(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    assert_int_equal(read_json(json), OK);
    json_decref(json);
    assert_int_equal(config.worker_count, 2);
    const struct config_worker *worker = &config.workers[0];
    assert_string_equal(worker->name, "counter");
    assert_string_equal(worker->bundle_path, "/w/counter.js");
    assert_string_equal(worker->vars_json, "{\"GREETING\":\"hi\",\"N\":5}");
    assert_int_equal(worker->cpu_limit_us, 1000000);
    assert_int_equal(worker->binding_count, 2);
    assert_string_equal(worker->bindings[0].name, "COUNTER");
    assert_int_equal(worker->bindings[0].space, 1);
    assert_int_equal(config.workers[1].binding_count, 0);
    assert_int_equal(config.space_count, 2);
    assert_string_equal(config.spaces[1].unique_key, "counter-Counter");
    assert_string_equal(config.spaces[1].class_name, "Counter");
    assert_int_equal(config.spaces[1].worker, 0);
    assert_int_equal(config.route_count, 1);
    assert_string_equal(config.routes[0].pattern, "*/plain/*");
    assert_int_equal(config.routes[0].worker, 1);
    config_finish(&config);
}

static void limits_left_out_have_defaults(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    assert_int_equal(read_json(json), OK);
    assert_int_equal(config.limits.fetch_deadline_us, 15000500);
    assert_int_equal(config.limits.call_count_max, 7);
    assert_int_equal(config.limits.peer_wait_us, 2000000);
    config_finish(&config);

    edit(json, "limits", NULL);
    assert_int_equal(read_json(json), OK);
    json_decref(json);
    const struct config_limits *limits = &config.limits;
    assert_int_equal(limits->fetch_deadline_us, 30000000);
    assert_int_equal(limits->peer_wait_us, 2000000);
    assert_int_equal(limits->object_idle_us, 10000000);
    assert_int_equal(limits->probe_interval_us, 500000);
    assert_int_equal(limits->probe_timeout_us, 5000000);
    assert_int_equal(limits->cache_entry_count_max, 100000);
    assert_int_equal(limits->object_run_count_max, 1000);
    assert_int_equal(limits->call_count_max, 100000);
    assert_int_equal(limits->body_bytes_max, 104857600);
    assert_int_equal(limits->link_queue_bytes_max, 536870912);
    assert_int_equal(limits->memory_bytes_max, 1073741824);
    config_finish(&config);
}

static json_t *good_coordinator(void)
{
    json_t *json = parse(good_node);
    edit(json, "role", "'coordinator'");
    edit(json, "region", "'IAD'");
    edit(json, "http_port", NULL);
    edit(json, "workers", NULL);
    edit(json, "spaces", NULL);
    edit(json, "routes", NULL);
    return json;
}

static const char some_faults[] =
    "{'disk_full': true, 'links': [{'to': 'IAD', 'cut': true, 'delay_ms': 0},"
    " {'to': 'coordinator', 'cut': false, 'delay_ms': 1.5}]}";

static void faults_arrive(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    assert_int_equal(read_json(json), OK);
    assert_true(!config.faults.disk_full && config.faults.link_count == 0);
    config_finish(&config);
    edit(json, "faults", some_faults);
    assert_int_equal(read_json(json), OK);
    assert_true(config.faults.disk_full);
    assert_int_equal(config.faults.link_count, 2);
    assert_int_equal(config.faults.links[0].peer, 1);
    assert_true(config.faults.links[0].cut && config.faults.links[0].extra_delay_us == 0);
    assert_int_equal(config.faults.links[1].peer, 2);
    assert_true(!config.faults.links[1].cut && config.faults.links[1].extra_delay_us == 1500);
    config_finish(&config);
    json_decref(json);
}

static void faults_of_a_running_process(void **state)
{
    (void)state;
    struct config_faults faults;
    assert_int_equal(read_text_quoted(good_node), OK);
    json_t *json = parse(some_faults);
    char *text = json_dumps(json, 0);
    assert_int_equal(config_faults_parse(&config, bytes_of(text), &faults, &why), OK);
    assert_int_equal(faults.link_count, 2);
    config_faults_finish(&faults);
    for (size_t size = 0; size < strlen(text); size++)
        assert_int_equal(config_faults_parse(&config, (struct bytes){text, size}, &faults, &why),
                         ERR_INVALID);
    assert_int_equal(config_faults_parse(&config, BYTES_LITERAL("[]"), &faults, &why), ERR_INVALID);
    free(text);
    json_decref(json);
    config_finish(&config);
}

static void a_coordinator_needs_less(void **state)
{
    (void)state;
    json_t *json = good_coordinator();
    assert_int_equal(read_json(json), OK);
    assert_true(config.coordinator);
    assert_int_equal(config.region, 1);
    assert_int_equal(config.worker_count + config.space_count + config.http_port, 0);
    config_finish(&config);

    edit(json, "region", "'SYD'");
    edit(json, "workers", "[]");
    assert_int_equal(read_json(json), ERR_INVALID);
    assert_non_null(strstr(why.text, ": 2 mistakes\n"
                                     "workers: is not a field that belongs here\n"
                                     "region: must be the same as coordinator.region"));
    json_decref(json);
}

static void delays_have_four_kinds(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    edit(json, "coordinator.check", "{'kind': 'none'}");
    edit(json, "topology.jitter", "{'kind': 'none'}");
    assert_int_equal(read_json(json), OK);
    assert_int_equal(config.check.kind, DELAY_NONE);
    assert_int_equal(config.topology.jitter.delay.kind, DELAY_NONE);
    assert_true(config.topology.jitter.spike_probability == 0);
    config_finish(&config);
    edit(json, "coordinator.check", "{'kind': 'fixed', 'ms': 229.6}");
    edit(json, "topology.jitter", "{'kind': 'fixed', 'ms': 1}");
    assert_int_equal(read_json(json), OK);
    assert_int_equal(config.check.kind, DELAY_FIXED);
    assert_true(config.check.low_us == 229600);
    config_finish(&config);
    json_decref(json);
}

static void each_mistake_is_told_with_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *place, *value, *line;
    } cases[] = {
        {"rle", "1", "rle: is not a field that belongs here"},
        {"role", "'leader'", "role: \"leader\" is not node or coordinator"},
        {"cluster.id", "'00'", "cluster.id: must be a text of 32 hexadecimal digits"},
        {"cluster.key", "'secret'", "cluster.key: must be a text of 64 hexadecimal digits"},
        {"cluster.name", "''", "cluster.name: is not a field that belongs here"},
        {"data", "''", "data: must have 1 to 4096 bytes, not 0"},
        {"http_port", "0", "http_port: must be from 1 to 65535, not 0"},
        {"http_port", "9301", "http_port: must not be the same as admin_port"},
        {"admin_port", "65536", "admin_port: must be from 1 to 65535, not 65536"},
        {"admin_port", "1.5", "admin_port: must be a whole number"},
        {"seed", "-1", "seed: must be from 0 to 9223372036854775807, not -1"},
        {"region", "'LHR'", "region: \"LHR\" is none of the topology's regions"},
        {"policy", "'best'", "policy: \"best\" is no placement policy"},
        {"coordinator.region", "'LHR'",
         "coordinator.region: \"LHR\" is none of the topology's regions"},
        {"coordinator.url", "'http://127.0.0.1:1'",
         "coordinator.url: \"http://127.0.0.1:1\" is not like tcp://127.0.0.1:9001"},
        {"coordinator.check", "'none'", "coordinator.check: must be an object"},
        {"coordinator.check.kind", "'world'",
         "coordinator.check.kind: \"world\" is not none, fixed, uniform or lognormal"},
        {"coordinator.check.ms", "1", "coordinator.check.ms: is not a field that belongs here"},
        {"coordinator.check.low_ms", "30",
         "coordinator.check.high_ms: must not be less than low_ms"},
        {"coordinator.check.spike_low_ms", "1",
         "coordinator.check.spike_low_ms: is not a field that belongs here"},
        {"topology.time_scale", "0", "topology.time_scale: must be from 1e-06 to 1000000, not 0"},
        {"topology.regions[0].lat", "91",
         "topology.regions[0].lat: must be from -90 to 90, not 91"},
        {"topology.regions[0].lon", "-181",
         "topology.regions[0].lon: must be from -180 to 180, not -181"},
        {"topology.regions[0].hint", "'down under'",
         "topology.regions[0].hint: \"down under\" is no location hint"},
        {"topology.regions[0].hosts", "false",
         "topology.regions: at least one of them must host objects"},
        {"topology.regions[1].hosts", "1", "topology.regions[1].hosts: must be true or false"},
        {"topology.regions[1].jurisdictions[1]", "'uk'",
         "topology.regions[1].jurisdictions[1]: must be eu, us, fedramp or fedramp-high"},
        {"topology.regions[1].url", "'tcp://127.0.0.1:65536'",
         "topology.regions[1].url: \"tcp://127.0.0.1:65536\" is not like tcp://127.0.0.1:9001"},
        {"topology.rtt_ms[2]", "[]", "topology.rtt_ms: must have 2 rows, one for each region"},
        {"topology.rtt_ms[1]", "[1, 2, 3]",
         "topology.rtt_ms[1]: must be a list of 2 numbers, one for each region"},
        {"topology.rtt_ms[1][0]", "-1",
         "topology.rtt_ms[1][0]: must be a number from 0 to 4000000"},
        {"topology.rtt_ms[1][0]", "'1'",
         "topology.rtt_ms[1][0]: must be a number from 0 to 4000000"},
        {"topology.rtt_ms[0][1]", "1e300",
         "topology.rtt_ms[0][1]: must be a number from 0 to 4000000"},
        {"topology.jitter.sigma", "11", "topology.jitter.sigma: must be from 0 to 10, not 11"},
        {"topology.jitter.spike_high_ms", "4",
         "topology.jitter.spike_high_ms: must not be less than spike_low_ms"},
        {"topology.jitter.spike_probability", "1.5",
         "topology.jitter.spike_probability: must be from 0 to 1, not 1.5"},
        {"limits", "7", "limits: must be an object"},
        {"faults", "7", "faults: must be an object"},
        {"faults", "{'disk_full': 1, 'links': []}", "faults.disk_full: must be true or false"},
        {"faults", "{'disk_full': true}", "faults.links: is missing"},
        {"faults", "{'disk_full': true, 'links': [{'to': 'SYD', 'cut': true, 'delay_ms': 0}]}",
         "faults.links[0].to: this is the process itself"},
        {"faults", "{'disk_full': true, 'links': [{'to': 'LHR', 'cut': true, 'delay_ms': 0}]}",
         "faults.links[0].to: \"LHR\" is none of the topology's regions"},
        {"faults", "{'disk_full': true, 'links': [{'to': 'IAD', 'cut': true, 'delay_ms': -1}]}",
         "faults.links[0].delay_ms: must be from 0 to 86400000, not -1"},
        {"limits.deadline", "7", "limits.deadline: is not a field that belongs here"},
        {"limits.call_count_max", "0",
         "limits.call_count_max: must be from 1 to "
         "9007199254740992, not 0"},
        {"limits.probe_interval_ms", "6000",
         "limits.probe_timeout_ms: must not be less than probe_interval_ms"},
        {"workers[1].name", "'counter'", "workers[1].name: \"counter\" is there twice"},
        {"workers[1]", "5", "workers[1]: must be an object"},
        {"workers[0].vars", "[]", "workers[0].vars: must be an object"},
        {"workers[0].cpu_limit_ms", "0",
         "workers[0].cpu_limit_ms: must be from 1 to 86400000, not 0"},
        {"workers[0].bindings[1].name", "'COUNTER'",
         "workers[0].bindings[1].name: \"COUNTER\" is there twice"},
        {"workers[0].bindings[0].space", "2",
         "workers[0].bindings[0].space: must be from 0 to 1, not 2"},
        {"spaces[1].unique_key", "'counter-Room'",
         "spaces[1].unique_key: \"counter-Room\" is there twice"},
        {"spaces[0].worker", "2", "spaces[0].worker: must be from 0 to 1, not 2"},
        {"routes[0].worker", "2", "routes[0].worker: must be from 0 to 1, not 2"},
        {"routes[0].pattern", "'plain'", "routes[0].pattern: must be HOST/PATH"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_mistake(cases[i].place, cases[i].value, cases[i].line);
}

static void wrong_codes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *code, *line;
    } cases[] = {
        {"''", "topology.regions[2].code: must have 1 to 8 bytes, not 0"},
        {"'ABCDEFGHI'", "topology.regions[2].code: must have 1 to 8 bytes, not 9"},
        {"'syd'", "topology.regions[2].code: \"syd\" must be capital letters and digits"},
        {"'S/D'", "topology.regions[2].code: \"S/D\" must be capital letters and digits"},
        {"'SYD'", "topology.regions[2].code: \"SYD\" is there twice"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json_t *json = parse(good_node);
        json_t *regions = json_object_get(json_object_get(json, "topology"), "regions");
        json_array_append_new(regions, json_deep_copy(json_array_get(regions, 1)));
        edit(json, "topology.regions[2].code", cases[i].code);
        edit(json, "topology.rtt_ms", "[[0,1,1],[1,0,1],[1,1,0]]");
        assert_int_equal(read_json(json), ERR_INVALID);
        assert_non_null(strstr(why.text, ": 1 mistake\n"));
        assert_string_equal(strchr(why.text, '\n') + 1, cases[i].line);
        json_decref(json);
    }
}

static void all_mistakes_are_told_at_once(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    edit(json, "colour", "'blue'");
    edit(json, "cluster.key", NULL);
    edit(json, "admin_port", "'9301'");
    edit(json, "policy", "'best'");
    edit(json, "topology.regions[0].code", "'s'");
    edit(json, "topology.rtt_ms[1][1]", "null");
    edit(json, "workers[0].bindings[0].space", "-1");
    edit(json, "region", "'IAD'");
    assert_int_equal(read_json(json), ERR_INVALID);
    json_decref(json);
    assert_non_null(strstr(why.text, ": 7 mistakes\n"));
    assert_string_equal(strchr(why.text, '\n') + 1,
                        "colour: is not a field that belongs here\n"
                        "cluster.key: is missing\n"
                        "admin_port: must be a whole number\n"
                        "policy: \"best\" is no placement policy\n"
                        "topology.regions[0].code: \"s\" must be capital letters and digits\n"
                        "topology.rtt_ms[1][1]: must be a number from 0 to 4000000\n"
                        "workers[0].bindings[0].space: must be from 0 to 1, not -1");
}

static void what_does_not_fit_is_counted(void **state)
{
    (void)state;
    char text[8192] = "{";
    for (int i = 0; i < 100; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s\"extra_%d\": 1",
                 i ? ", " : "", i);
    strcat(text, "}");
    assert_int_equal(read_text(text), ERR_INVALID);
    /* a hundred unknown fields, and thirteen that are missing */
    assert_non_null(strstr(why.text, ": 113 mistakes\n"));
    size_t size = strlen(why.text);
    assert_true(size > sizeof why.text - 80);
    assert_string_equal(why.text + size - 4, "\n...");
    why.text[size - 4] = 0;
    const char *last = strrchr(why.text, '\n');
    assert_non_null(strstr(last, ": is not a field that belongs here"));
}

/* Call `visit` with the place of every field of every object in `json`. */
static void each_field(json_t *json, const char *place,
                       void (*visit)(const char *place, const char *key))
{
    const char *key;
    json_t *value;
    size_t index;
    json_object_foreach(json, key, value)
    {
        char inner[256];
        snprintf(inner, sizeof inner, "%s%s%s", place, *place ? "." : "", key);
        visit(inner, key);
        if (strcmp(key, "vars") != 0)
            each_field(value, inner, visit);
    }
    json_array_foreach(json, index, value)
    {
        char inner[256];
        snprintf(inner, sizeof inner, "%s[%zu]", place, index);
        each_field(value, inner, visit);
    }
}

static size_t visit_count;

static void leave_out(const char *place, const char *key)
{
    json_t *json = parse(good_node);
    visit_count++;
    edit(json, place, NULL);
    bool optional = strncmp(place, "limits", 6) == 0 || strcmp(place, "routes") == 0;
    enum err err = read_json(json);
    json_decref(json);
    if (optional) {
        assert_int_equal(err, OK);
        config_finish(&config);
        return;
    }
    char expected[300];
    snprintf(expected, sizeof expected, "\n%s: is missing", place);
    if (err != ERR_INVALID || !strstr(why.text, expected))
        fail_msg("without %s (%s): %s", place, key, why.text);
}

static void no_field_can_be_left_out_but_limits_and_routes(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    visit_count = 0;
    each_field(json, "", leave_out);
    assert_in_range(visit_count, 60, 80);
    json_decref(json);
}

static void put_wrong_types(const char *place, const char *key)
{
    static const char *const values[] = {"null", "true", "[]", "{}", "[[{}]]", "-1e308", "'\\n'"};
    char expected[300];
    size_t refused = 0;
    snprintf(expected, sizeof expected, "\n%s", place);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        json_t *json = parse(good_node);
        edit(json, place, values[i]);
        enum err err = read_json(json);
        json_decref(json);
        if (!err)
            config_finish(&config);
        else if (strstr(why.text, expected))
            refused++;
    }
    if (refused < 4) /* some fields take one or two of these values */
        fail_msg("%s (%s) takes nearly anything: only %zu refused", place, key, refused);
}

static void no_field_takes_a_wrong_type(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    each_field(json, "", put_wrong_types);
    json_decref(json);
}

static void control_characters_are_not_repeated(void **state)
{
    (void)state;
    assert_mistake("policy", "'a\\nb\\u001b[31m\\u007f'",
                   "policy: \"a?b?[31m?\" is no placement policy");
}

static void a_secret_is_not_repeated(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    edit(json, "cluster.key", "'deadbeef'");
    assert_int_equal(read_json(json), ERR_INVALID);
    assert_null(strstr(why.text, "deadbeef"));
    json_decref(json);
}

static void what_is_no_json_is_refused_with_its_place(void **state)
{
    (void)state;
    char expected[300];
    assert_int_equal(read_text("{\n  \"role\": nod\n}"), ERR_INVALID);
    snprintf(expected, sizeof expected, "%s:2:", path);
    assert_memory_equal(why.text, expected, strlen(expected));
    assert_int_equal(read_text(""), ERR_INVALID);
    assert_int_equal(read_text("[]"), ERR_INVALID);
    assert_non_null(strstr(why.text, "the file: must be an object"));
    assert_int_equal(read_text("{\"role\": \"node\", \"role\": \"node\"}"), ERR_INVALID);
    assert_non_null(strstr(why.text, "duplicate object key"));
    assert_int_equal(read_text("{\"data\": \"a\\u0000b\"}"), ERR_INVALID);
    assert_int_equal(read_bytes("{\"data\": \"\xff\"}", 13), ERR_INVALID);
    char *deep = malloc(100000);
    memset(deep, '[', 100000);
    assert_int_equal(read_bytes(deep, 100000), ERR_INVALID);
    free(deep);
}

static void a_cut_file_never_crashes(void **state)
{
    (void)state;
    json_t *json = parse(good_node);
    char *text = json_dumps(json, 0);
    for (size_t size = 0; size < strlen(text); size += 7)
        assert_int_equal(read_bytes(text, size), ERR_INVALID);
    free(text);
    json_decref(json);
}

static void a_file_that_cannot_be_read_says_why(void **state)
{
    (void)state;
    assert_int_equal(config_read("/nowhere/at/all.json", &config, &why), ERR_IO);
    assert_string_equal(why.text, "/nowhere/at/all.json: No such file or directory");
    assert_int_equal(config_read(directory, &config, &why), ERR_IO);
    assert_non_null(strstr(why.text, "Is a directory"));
    assert_int_equal(config_read("/dev/zero", &config, &why), ERR_INVALID);
    assert_int_equal(config_read("/nowhere", &config, NULL), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_file_is_read_in_full),
        cmocka_unit_test(the_topology_arrives),
        cmocka_unit_test(workers_and_spaces_arrive),
        cmocka_unit_test(limits_left_out_have_defaults),
        cmocka_unit_test(faults_arrive),
        cmocka_unit_test(faults_of_a_running_process),
        cmocka_unit_test(a_coordinator_needs_less),
        cmocka_unit_test(delays_have_four_kinds),
        cmocka_unit_test(each_mistake_is_told_with_its_path),
        cmocka_unit_test(wrong_codes_are_refused),
        cmocka_unit_test(all_mistakes_are_told_at_once),
        cmocka_unit_test(what_does_not_fit_is_counted),
        cmocka_unit_test(no_field_can_be_left_out_but_limits_and_routes),
        cmocka_unit_test(no_field_takes_a_wrong_type),
        cmocka_unit_test(control_characters_are_not_repeated),
        cmocka_unit_test(a_secret_is_not_repeated),
        cmocka_unit_test(what_is_no_json_is_refused_with_its_place),
        cmocka_unit_test(a_cut_file_never_crashes),
        cmocka_unit_test(a_file_that_cannot_be_read_says_why),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
