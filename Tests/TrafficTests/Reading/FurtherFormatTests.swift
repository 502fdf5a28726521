import Quantities
import Testing

@testable import Traffic

/// More systems' answers, tables and lines, each as its documentation shows it, with numbers of ours: 100, 200, 150 a second in
/// the hours from 2 March 2026.
@Suite struct FurtherFormatTests {
  static let rates = MonitoringFormatTests.rates
  static let epoch = MonitoringFormatTests.epoch
  static let iso = MonitoringFormatTests.iso
  static let counts = rates.map { Int($0) * 3600 }

  static func joined(_ parts: [String], by mark: String = ",") -> String { parts.joined(separator: mark) }
  /// A text for each hour, of its epoch seconds, its ISO time, its rate and its count.
  static func each(_ mark: String = ",", _ body: (Int, String, Double, Int) -> String) -> String {
    rates.indices.map { body(epoch[$0], iso[$0], rates[$0], counts[$0]) }.joined(separator: mark)
  }
  static let milliseconds = "[" + each { e, _, _, _ in "\(e)000" } + "]"
  static let plainRates = "[" + each { _, _, r, _ in "\(r)" } + "]"
  static let frame =
    "{\"schema\":{\"refId\":\"A\",\"fields\":[{\"name\":\"Time\",\"type\":\"time\",\"typeInfo\":{\"frame\":\"time.Time\"}},"
    + "{\"name\":\"rps\",\"type\":\"number\"}]},\"data\":{\"values\":[\(milliseconds),\(plainRates)]}}"
  static let oldFrame =
    "{\"name\":\"rps\",\"refId\":\"A\",\"fields\":[{\"name\":\"Time\",\"type\":\"time\",\"values\":\(milliseconds)},"
    + "{\"name\":\"Value\",\"type\":\"number\",\"values\":\(plainRates)}],\"length\":3}"

  /// The text, what is asked of it, and the rates that it holds.
  static let documents: [(name: String, text: String, selection: SeriesSelection, expected: [Double])] =
    json + tables + lines

  static let json: [(name: String, text: String, selection: SeriesSelection, expected: [Double])] = [
    // https://grafana.com/developers/plugin-tools/key-concepts/data-frames
    ("Grafana, a frame alone", frame, SeriesSelection(), rates),
    ("Grafana, frames in a list", "[\(frame)]", SeriesSelection(), rates),
    ("Grafana, frames of an answer's part", "{\"frames\":[\(frame)]}", SeriesSelection(), rates),
    ("Grafana, panel data", "[{\"state\":\"Done\",\"series\":[\(oldFrame)]}]", SeriesSelection(), rates),
    ("Grafana, panel data alone", "{\"state\":\"Done\",\"series\":[\(oldFrame)]}", SeriesSelection(), rates),
    (
      "Grafana, a snapshot", "{\"dashboard\":{\"panels\":[{\"type\":\"row\"},{\"snapshotData\":[\(oldFrame)]}]}}",
      SeriesSelection(), rates
    ),
    (
      "Grafana, a long frame, one chosen",
      "{\"schema\":{\"fields\":[{\"name\":\"time\",\"type\":\"time\"},{\"name\":\"rps\",\"type\":\"number\"},{\"name\":\"host\",\"type\":\"string\"}]},"
        + "\"data\":{\"values\":[[\(each { e, _, _, _ in "\(e)000,\(e)000" })],[\(each { _, _, r, _ in "\(r),7" })],[\(each { _, _, _, _ in "\"a\",\"b\"" })]]}}",
      SeriesSelection(only: ["a"]), rates
    ),
    // https://learn.netdata.cloud/docs/developer-and-contributor-corner/rest-api/ : the newest first
    (
      "netdata", "{\"labels\":[\"time\",\"rps\"],\"data\":[\(each { e, _, r, _ in "[\(e),\(r)]" })]}",
      SeriesSelection(), rates
    ),
    (
      "netdata, second version",
      "{\"api\":2,\"result\":{\"labels\":[\"time\",\"rps\"],\"point\":{\"value\":0,\"arp\":1,\"pa\":2},\"data\":[\(each { e, _, r, _ in "[\(e)000,[\(r),0,0]]" })]}}",
      SeriesSelection(), rates
    ),
    // https://docs.newrelic.com/docs/apis/nerdgraph/examples/nerdgraph-nrql-tutorial/
    (
      "New Relic, NerdGraph",
      "{\"data\":{\"actor\":{\"account\":{\"nrql\":{\"results\":[\(each { e, _, _, c in "{\"beginTimeSeconds\":\(e),\"endTimeSeconds\":\(e + 3600),\"count\":\(c)}" })]}}}}}",
      SeriesSelection(), rates
    ),
    (
      "New Relic, facets, one chosen",
      "{\"facets\":[{\"name\":\"/a\",\"timeSeries\":[\(each { e, _, _, c in "{\"results\":[{\"count\":\(c)}],\"beginTimeSeconds\":\(e),\"endTimeSeconds\":\(e + 3600),\"inspectedCount\":9}" })]},"
        + "{\"name\":\"/b\",\"timeSeries\":[\(each { e, _, _, _ in "{\"results\":[{\"count\":5}],\"beginTimeSeconds\":\(e),\"endTimeSeconds\":\(e + 3600)}" })]}]}",
      SeriesSelection(only: ["/a"]), rates
    ),
    (
      "New Relic, a chart's data",
      "[\(each { e, _, _, c in "{\"facet\":\"x\",\"beginTimeSeconds\":\(e),\"endTimeSeconds\":\(e + 3600),\"count\":\(c)}" })]",
      SeriesSelection(), rates
    ),
    (
      "New Relic, metric data by the minute",
      "{\"metric_data\":{\"metrics\":[{\"name\":\"HttpDispatcher\",\"timeslices\":[\(each { _, t, r, _ in "{\"from\":\"\(t)\",\"values\":{\"requests_per_minute\":\(r * 60)}}" })]}]}}",
      SeriesSelection(), rates
    ),
    // https://docs.dynatrace.com/docs/dynatrace-api/environment-api/metric-v2/get-data-points
    (
      "Dynatrace",
      "{\"result\":[{\"metricId\":\"builtin:service.requestCount.total\",\"data\":[{\"dimensions\":[\"S\"],\"dimensionMap\":{\"service\":\"S\"},\"timestamps\":\(milliseconds),\"values\":[\(each { _, _, _, c in "\(c)" })]}]}]}",
      SeriesSelection(), rates
    ),
    // https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/ : a line a batch
    (
      "OpenTelemetry, counts of an interval",
      each("\n") { e, _, _, c in
        "{\"resourceMetrics\":[{\"resource\":{\"attributes\":[{\"key\":\"service.name\",\"value\":{\"stringValue\":\"api\"}}]},\"scopeMetrics\":[{\"metrics\":[{\"name\":\"requests\",\"sum\":{\"aggregationTemporality\":1,\"isMonotonic\":true,\"dataPoints\":[{\"startTimeUnixNano\":\"\(e)000000000\",\"timeUnixNano\":\"\(e + 3600)000000000\",\"asInt\":\"\(c)\"}]}}]}]}]}"
      }, SeriesSelection(), rates
    ),
    // https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format
    (
      "Kusto and Log Analytics",
      "{\"tables\":[{\"name\":\"PrimaryResult\",\"columns\":[{\"name\":\"TimeGenerated\",\"type\":\"datetime\"},{\"name\":\"count_\",\"type\":\"long\"}],\"rows\":[\(each { _, t, _, c in "[\"\(t)\",\(c)]" })]}]}",
      SeriesSelection(), rates
    ),
    // https://clickhouse.com/docs/interfaces/formats/JSONCompact
    (
      "ClickHouse",
      "{\"meta\":[{\"name\":\"t\",\"type\":\"DateTime\"},{\"name\":\"count()\",\"type\":\"UInt64\"}],\"data\":[\(each { _, t, _, c in "[\"\(t.replacing("T", with: " ").dropLast())\",\"\(c)\"]" })],\"rows\":3}",
      SeriesSelection(), rates
    ),
    // https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults
    (
      "BigQuery",
      "{\"schema\":{\"fields\":[{\"name\":\"t\"},{\"name\":\"rps\"}]},\"rows\":[\(each { e, _, r, _ in "{\"f\":[{\"v\":\"\(Double(e))\"},{\"v\":\"\(r)\"}]}" })]}",
      SeriesSelection(), rates
    ),
    // https://developers.google.com/analytics/devguides/reporting/data/v1
    (
      "Google Analytics, Data API",
      "{\"dimensionHeaders\":[{\"name\":\"dateHour\"}],\"metricHeaders\":[{\"name\":\"sessions\",\"type\":\"TYPE_INTEGER\"}],\"rows\":["
        + rates.indices.map {
          "{\"dimensionValues\":[{\"value\":\"202603020\($0)\"}],\"metricValues\":[{\"value\":\"\(counts[$0])\"}]}"
        }.joined(separator: ",") + "]}",
      SeriesSelection(), rates
    ),
    // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
    (
      "CloudWatch Logs Insights",
      "{\"results\":[\(each { _, t, _, c in "[{\"field\":\"bin(1h)\",\"value\":\"\(t.replacing("T", with: " ").dropLast()).000\"},{\"field\":\"count(*)\",\"value\":\"\(c)\"}]" })],\"status\":\"Complete\"}",
      SeriesSelection(), rates
    ),
    // https://www.zabbix.com/documentation/current/en/manual/api/reference/history/get
    (
      "Zabbix",
      "{\"jsonrpc\":\"2.0\",\"result\":[\(each { e, _, r, _ in "{\"itemid\":\"23296\",\"clock\":\"\(e)\",\"value\":\"\(r)\",\"ns\":\"0\"}" })],\"id\":1}",
      SeriesSelection(values: ["value"]), rates
    ),
    // https://docs.splunk.com/Documentation/Splunk/latest/RESTREF/RESTsearch : output_mode=json_rows
    (
      "Splunk",
      "{\"preview\":false,\"fields\":[\"_time\",\"count\"],\"rows\":[\(each { _, t, _, c in "[\"\(t)\",\"\(c)\"]" })]}",
      SeriesSelection(), rates
    ),
  ]

  static let tables: [(name: String, text: String, selection: SeriesSelection, expected: [Double])] = [
    (
      "CloudWatch console, head lines",
      "Full label,AWS/ApplicationELB RequestCount,AWS/ApplicationELB Errors\nLabel,RequestCount,Errors\nId,m1,m2\nStatistic,Sum,Sum\nPeriod,3600,3600\nUnit,Count,Count\n"
        + each("\n") { _, t, _, c in "\(t.replacing("-", with: "/").replacing("T", with: " ").dropLast()),\(c),1" }
        + "\n",
      SeriesSelection(values: ["RequestCount"]), rates
    ),
    (
      "Google Trends, a title and a blank line",
      "Category: All categories\n\nTime,rps\n" + each("\n") { _, t, r, _ in "\(t),\(r)" } + "\n", SeriesSelection(),
      rates
    ),
    (
      "two header lines", ",shop,web\ntime,rps,rps\n" + each("\n") { _, t, r, _ in "\(t),\(r),1" } + "\n",
      SeriesSelection(values: ["shop/rps"]), rates
    ),
    (
      "the times in the first row",
      "service,\(joined(iso))\nshop,\(each { _, _, r, _ in "\(r)" })\nweb,1,2,3\n", SeriesSelection(only: ["shop"]),
      rates
    ),
    (
      "the times in the first row, decimal commas, added up",
      "region;service;\(joined(iso, by: ";"))\neu;shop;50,5;100,5;75,5\nus;shop;49,5;99,5;74,5\n",
      SeriesSelection(isSum: true), rates
    ),
    (
      "Graphite CSV without a header",
      each("\n") { _, t, r, _ in "stats.rps,\(t.replacing("T", with: " ").dropLast()),\(r)" } + "\n", SeriesSelection(),
      rates
    ),
    (
      "zone words", "time,rps\n2026-03-02 01:00:00 CET,100\n2026-03-02 02:00:00 CET,200\n2026-03-02 03:00 CET,150\n",
      SeriesSelection(), rates
    ),
    (
      "date(1)",
      "time,rps\nMon Mar  2 00:00:00 UTC 2026,100\nSun Mar  1 20:00:00 EST 2026,200\nMon Mar  2 11:00:00 JST 2026,150\n",
      SeriesSelection(), rates
    ),
  ]

  static let lines: [(name: String, text: String, selection: SeriesSelection, expected: [Double])] = [
    // https://prometheus.io/docs/prometheus/latest/command-line/promtool/
    (
      "promtool query range",
      "rps{job=\"a => b\"} =>\n" + each("\n") { e, _, r, _ in "\(Int(r)) @[\(e)]" } + "\n", SeriesSelection(), rates
    ),
    (
      "promtool query range, no name, one of two",
      "{job=\"api\"} =>\n" + each("\n") { e, _, r, _ in "\(r) @[\(e).000]" }
        + "\n{job=\"web\"} =>\n1 @[\(epoch[0])]\n2 @[\(epoch[1])]\n",
      SeriesSelection(only: ["api"]), rates
    ),
    // https://docs.influxdata.com/influxdb/v2/reference/syntax/line-protocol/
    (
      "line protocol",
      "# written by hand\n"
        + each("\n") { e, _, r, _ in "http\\ in,host=a,path=/x\\,y rps=\(r),note=\"a b, c=d\",ok=true \(e)000000000" }
        + "\n",
      SeriesSelection(), rates
    ),
    (
      "line protocol, where a quote in a tag is a quote",
      each("\n") { e, _, r, _ in "http,host=5\",path=a rps=\(r) \(e)000000000\nhttp,host=5\",path=b rps=1 \(e)000000000"
      }
        + "\n",
      SeriesSelection(only: ["path=a"]), rates
    ),
    (
      "an export of InfluxDB, counts in whole numbers",
      "# INFLUXDB EXPORT: 2026\n# DDL\nCREATE DATABASE x WITH NAME autogen\n# DML\n# CONTEXT-DATABASE:x\n"
        + each("\n") { e, _, _, c in "http sessions=\(c)i \(e)000000000" } + "\n", SeriesSelection(), rates
    ),
    // https://graphite.readthedocs.io/en/latest/feeding-carbon.html
    (
      "Graphite plaintext", each("\n") { e, _, r, _ in "stats.rps;dc=eu \(r) \(e)" } + "\n", SeriesSelection(), rates
    ),
    // https://graphite.readthedocs.io/en/latest/render_api.html#raw
    (
      "Graphite raw", "stats.rps,\(epoch[0]),\(epoch[2] + 3600),3600|100.0,200.0,150.0\n", SeriesSelection(), rates
    ),
    // http://opentsdb.net/docs/build/html/api_telnet/put.html
    (
      "OpenTSDB put", each("\n") { e, _, r, _ in "put sys.rps \(e) \(r) host=a dc=eu" } + "\n", SeriesSelection(), rates
    ),
    (
      "samples without a type", each("\n") { e, _, r, _ in "rps{job=\"a\"} \(r) \(e)000" } + "\n", SeriesSelection(),
      rates
    ),
  ]

  @Test("answers, tables and lines of further systems are read", arguments: documents.indices)
  func format(place: Int) throws {
    let (name, text, selection, expected) = Self.documents[place]
    let trace = try Reading.one(text, selection)
    #expect(trace.series.rawValues == expected, "\(name): \(trace.series.rawValues)")
    #expect(trace.series.start.iso8601 == Self.iso[0] && trace.series.step == .hours(1), "\(name)")
  }

  @Test("a zone's name that several zones bear is asked about, and the users' own zone decides it")
  func sharedZones() throws {
    let text = "time,rps\n2026-03-02 05:30:00 IST,100\n2026-03-02 06:30:00 IST,200\n2026-03-02 07:30:00 IST,150\n"
    let told = Reading.refusal(text)
    #expect(told.contains("+05:30 (Asia/Kolkata), +02:00 (Asia/Jerusalem), +01:00 (Europe/Dublin)"), "\(told)")
    #expect(told.contains("--zone"))
    let kolkata = try #require(EventTests.zone("Asia/Kolkata"))
    let trace = try Reading.one(text, SeriesSelection(), TraceOptions(zone: kolkata))
    #expect(trace.series.start.iso8601 == Self.iso[0] && trace.series.rawValues == Self.rates)
  }

  @Test(
    "what is almost one of these is told with its place and a remedy",
    arguments: [
      "http rps=1\nhttp rps=2\n", "http rps=1 1772409600000000000\nhttp rps=x 1772413200000000000\n",
      "{job=\"a\"} =>\n5 [1772409600]\n", "service,2026-03-02T00:00Z,2026-03-02T01:00Z,2026-03-02T02:00Z\nshop,1,x,3\n",
      "put sys.rps 1772409600 1 host=a\nput sys.rps 1772413200 x host=a\n",
      "{\"id\":2,\"type\":\"timeseries\",\"datasource\":{},\"targets\":[{\"expr\":\"up\"}]}",
      "stats.a 5 1772409600\nstats.a 5\n",
      "{\"labels\":[\"time\",\"a\"],\"data\":[[1772409600,1],[1772413200]]}",
    ])
  func faults(text: String) {
    let told = Reading.refusal(text)
    #expect(told.contains(": error: ") && told.contains("help: "), "\(told)")
  }
}
