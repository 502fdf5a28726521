import Quantities
import Testing

@testable import Traffic

/// Answers of monitoring systems, each as its own documentation shows it, with numbers of ours: 100, 200, 150 a second in
/// the hours from 2 March 2026.
@Suite struct MonitoringFormatTests {
  static let rates = [100.0, 200, 150]
  static let epoch = [1_772_409_600, 1_772_413_200, 1_772_416_800]
  static let iso = ["2026-03-02T00:00:00Z", "2026-03-02T01:00:00Z", "2026-03-02T02:00:00Z"]

  static func pairs(_ scale: Int = 1, _ quote: String = "") -> String {
    zip(epoch, rates).map { "[\($0 * scale),\(quote)\($1)\(quote)]" }.joined(separator: ",")
  }

  /// The text, what is asked of it, and the rates that it holds.
  static let documents: [(name: String, text: String, selection: SeriesSelection, expected: [Double])] = [
    (
      // https://graphite.readthedocs.io/en/latest/render_api.html#format
      "Graphite",
      "[{\"target\":\"stats.rps\",\"datapoints\":[\(zip(epoch, rates).map { "[\($1),\($0)]" }.joined(separator: ","))]}]",
      SeriesSelection(), rates
    ),
    (
      // https://docs.influxdata.com/influxdb/v1/guides/query_data/
      "InfluxQL",
      "{\"results\":[{\"series\":[{\"name\":\"rps\",\"columns\":[\"time\",\"mean\"],\"values\":[\(zip(iso, rates).map { "[\"\($0)\",\($1)]" }.joined(separator: ","))]}]}]}",
      SeriesSelection(), rates
    ),
    (
      // https://grafana.com/docs/grafana/latest/developers/http_api/data_source/
      "Grafana data frames",
      "{\"results\":{\"A\":{\"frames\":[{\"schema\":{\"fields\":[{\"name\":\"Time\",\"type\":\"time\"},{\"name\":\"rps\",\"type\":\"number\"}]},\"data\":{\"values\":[[\(epoch.map { "\($0)000" }.joined(separator: ","))],[100,200,150]]}}]}}}",
      SeriesSelection(), rates
    ),
    (
      // http://opentsdb.net/docs/build/html/api_http/query/index.html
      "OpenTSDB",
      "[{\"metric\":\"sys.rps\",\"tags\":{\"host\":\"a\"},\"aggregateTags\":[],\"dps\":{\(zip(epoch, rates).map { "\"\($0)\":\($1)" }.joined(separator: ","))}}]",
      SeriesSelection(), rates
    ),
    // https://pandas.pydata.org/docs/reference/api/pandas.DataFrame.to_json.html
    (
      "pandas, columns", "{\"rps\":{\(zip(epoch, rates).map { "\"\($0)000\":\($1)" }.joined(separator: ","))}}",
      SeriesSelection(), rates
    ),
    (
      "pandas, index", "{\(zip(iso, rates).map { "\"\($0)\":{\"rps\":\($1)}" }.joined(separator: ","))}",
      SeriesSelection(), rates
    ),
    (
      "pandas, split",
      "{\"columns\":[\"rps\"],\"index\":[\(epoch.map { "\($0)000" }.joined(separator: ","))],\"data\":[[100],[200],[150]]}",
      SeriesSelection(), rates
    ),
    (
      // https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries
      "Prometheus query_range",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"job\":\"api\"},\"values\":[\(pairs(1, "\""))]}]}}",
      SeriesSelection(), rates
    ),
    (
      "Prometheus query_range, two series, one chosen",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"job\":\"web\"},\"values\":[[1772409600,\"1\"],[1772413200,\"2\"]]},{\"metric\":{\"job\":\"api\"},\"values\":[\(pairs(1, "\""))]}]}}",
      SeriesSelection(only: ["api"]), rates
    ),
    (
      "Prometheus query of a range vector, summed",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"pod\":\"a\"},\"values\":[\(pairs(1, "\""))]},{\"metric\":{\"pod\":\"b\"},\"values\":[\(pairs(1, "\""))]}]}}",
      SeriesSelection(isSum: true), rates.map { 2 * $0 }
    ),
    (
      // https://docs.victoriametrics.com/#how-to-export-data-in-json-line-format
      "VictoriaMetrics export",
      "{\"metric\":{\"__name__\":\"rps\",\"job\":\"api\"},\"values\":[100,200],\"timestamps\":[\(epoch[0])000,\(epoch[1])000]}\n{\"metric\":{\"__name__\":\"rps\",\"job\":\"api\"},\"values\":[150],\"timestamps\":[\(epoch[2])000]}\n",
      SeriesSelection(), rates
    ),
    (
      // https://prometheus.io/docs/specs/om/open_metrics_spec/
      "OpenMetrics counter",
      "# HELP http_requests All.\n# TYPE http_requests counter\nhttp_requests_total{path=\"/a \\\"b\\\"\"} 0 1772409600\nhttp_requests_total{path=\"/a \\\"b\\\"\"} 360000 1772413200\nhttp_requests_total{path=\"/a \\\"b\\\"\"} 1080000 1772416800\nhttp_requests_total{path=\"/a \\\"b\\\"\"} 1620000 1772420400\n# EOF\n",
      SeriesSelection(), rates
    ),
    (
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricData.html : the newest first
      "CloudWatch get-metric-data",
      "{\"MetricDataResults\":[{\"Id\":\"m1\",\"Label\":\"RequestCount\",\"Timestamps\":[\"2026-03-02T02:00:00+00:00\",\"2026-03-02T01:00:00+00:00\",\"2026-03-02T00:00:00+00:00\"],\"Values\":[540000,720000,360000],\"StatusCode\":\"Complete\"}],\"Messages\":[]}",
      SeriesSelection(), rates
    ),
    (
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_GetMetricStatistics.html : in no order
      "CloudWatch get-metric-statistics",
      "{\"Label\":\"RequestCount\",\"Datapoints\":[{\"Timestamp\":\"2026-03-02T01:00:00Z\",\"Sum\":720000.0,\"Unit\":\"Count\"},{\"Timestamp\":\"2026-03-02T00:00:00Z\",\"Sum\":360000.0,\"Unit\":\"Count\"},{\"Timestamp\":\"2026-03-02T02:00:00Z\",\"Sum\":540000.0,\"Unit\":\"Count\"}]}",
      SeriesSelection(), rates
    ),
    (
      // https://docs.datadoghq.com/api/latest/metrics/#query-timeseries-points
      "Datadog v1",
      "{\"status\":\"ok\",\"series\":[{\"metric\":\"nginx.net.requests\",\"pointlist\":[\(pairs(1000))],\"interval\":3600,\"scope\":\"*\",\"expression\":\"sum:nginx.net.requests{*}.as_rate()\",\"unit\":[{\"family\":\"network\",\"name\":\"request\"},{\"family\":\"time\",\"name\":\"second\"}]}],\"from_date\":1772409600000,\"to_date\":1772416800000}",
      SeriesSelection(), rates
    ),
    (
      "Datadog v1, requests per minute",
      "{\"status\":\"ok\",\"series\":[{\"metric\":\"r\",\"pointlist\":[[1772409600000,6000],[1772413200000,12000],[1772416800000,9000]],\"scope\":\"*\",\"unit\":[{\"name\":\"request\"},{\"name\":\"minute\"}]}],\"from_date\":1}",
      SeriesSelection(), rates
    ),
    (
      "Datadog v2",
      "{\"data\":{\"type\":\"timeseries_response\",\"attributes\":{\"series\":[{\"group_tags\":[\"env:prod\"],\"query_index\":0,\"unit\":null}],\"times\":[\(epoch.map { "\($0)000" }.joined(separator: ","))],\"values\":[[100,200,150]]}}}",
      SeriesSelection(), rates
    ),
    (
      // https://cloud.google.com/monitoring/api/ref_v3/rest/v3/TimeSeries : the newest first
      "Google Cloud Monitoring, DELTA",
      "{\"timeSeries\":[{\"metric\":{\"type\":\"loadbalancing.googleapis.com/https/request_count\"},\"resource\":{\"type\":\"https_lb_rule\"},\"metricKind\":\"DELTA\",\"valueType\":\"INT64\",\"points\":[{\"interval\":{\"startTime\":\"2026-03-02T02:00:00Z\",\"endTime\":\"2026-03-02T03:00:00Z\"},\"value\":{\"int64Value\":\"540000\"}},{\"interval\":{\"startTime\":\"2026-03-02T01:00:00Z\",\"endTime\":\"2026-03-02T02:00:00Z\"},\"value\":{\"int64Value\":\"720000\"}},{\"interval\":{\"startTime\":\"2026-03-02T00:00:00Z\",\"endTime\":\"2026-03-02T01:00:00Z\"},\"value\":{\"int64Value\":\"360000\"}}]}],\"unit\":\"1\"}",
      SeriesSelection(), rates
    ),
    (
      // https://learn.microsoft.com/rest/api/monitor/metrics/list
      "Azure Monitor",
      "{\"cost\":0,\"interval\":\"PT1H\",\"value\":[{\"name\":{\"value\":\"Requests\"},\"unit\":\"Count\",\"timeseries\":[{\"metadatavalues\":[],\"data\":[{\"timeStamp\":\"\(iso[0])\",\"total\":360000},{\"timeStamp\":\"\(iso[1])\",\"total\":720000},{\"timeStamp\":\"\(iso[2])\",\"total\":540000}]}]}]}",
      SeriesSelection(), rates
    ),
    (
      // https://docs.influxdata.com/influxdb/v2/reference/syntax/annotated-csv/ : a table below the other
      "annotated CSV of InfluxDB, summed",
      "#group,false,false,true,true,false,false,true,true,true\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\n#default,_result,,,,,,,,\n,result,table,_start,_stop,_time,_value,_field,_measurement,host\n"
        + zip(iso, rates).map { ",,0,2026-03-02T00:00:00Z,2026-03-03T00:00:00Z,\($0),\($1),rps,http,a\n" }.joined()
        + "\n#group,false,false,true,true,false,false,true,true,true\n#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string\n#default,_result,,,,,,,,\n,result,table,_start,_stop,_time,_value,_field,_measurement,host\n"
        + zip(iso, rates).map { ",,1,2026-03-02T00:00:00Z,2026-03-03T00:00:00Z,\($0),\($1 * 2),rps,http,b\n" }.joined(),
      SeriesSelection(isSum: true), rates.map { 3 * $0 }
    ),
    (
      // An export of Google Analytics begins with comments.
      "Google Analytics",
      "# ----------------------------------------\n# Shop\n# Start date: 20260302\n# ----------------------------------------\n\nDate + hour (YYYYMMDDHH),Sessions\n2026030200,360000\n2026030201,720000\n2026030202,540000\n",
      SeriesSelection(), rates
    ),
    (
      "Grafana, series to columns, for Excel",
      "sep=;\n\"Time\";\"api\";\"web\"\n" + zip(iso, rates).map { "\"\($0)\";\($1);1\n" }.joined(),
      SeriesSelection(values: ["api"]), rates
    ),
    (
      "Grafana, rows by series",
      "\"Series\";\"Time\";\"Value\"\n"
        + zip(iso, rates).map { "\"api\";\"\($0)\";\($1)\n\"web\";\"\($0)\";7\n" }.joined(),
      SeriesSelection(series: ["Series"], only: ["api"]), rates
    ),
    (
      "a data frame with an index",
      ",time,rps\n" + zip(iso, rates).enumerated().map { "\($0),\($1.0),\($1.1)\n" }.joined(),
      SeriesSelection(), rates
    ),
    (
      "an array of objects",
      "[" + zip(iso, rates).map { "{\"time\":\"\($0)\",\"m\":{\"rps\":\($1)}}" }.joined(separator: ",") + "]",
      SeriesSelection(), rates
    ),
    (
      // https://www.elastic.co/docs/reference/aggregations/search-aggregations-bucket-datehistogram-aggregation
      "Elasticsearch",
      "{\"aggregations\":{\"h\":{\"buckets\":["
        + zip(epoch, rates).map { "{\"key\":\($0)000,\"doc_count\":\(Int($1) * 3600)}" }.joined(separator: ",")
        + "]}}}",
      SeriesSelection(), rates
    ),
  ]

  @Test("answers of monitoring systems are read", arguments: documents.indices)
  func format(place: Int) throws {
    let (name, text, selection, expected) = Self.documents[place]
    let trace = try Reading.one(text, selection)
    #expect(trace.series.rawValues == expected, "\(name): \(trace.series.rawValues)")
    #expect(trace.series.start.iso8601 == Self.iso[0] && trace.series.step == .hours(1), "\(name)")
  }

  @Test("UTF-16, a byte order mark and carriage returns are unpacked")
  func encodings() throws {
    let text = "time\trps\r\n" + zip(Self.iso, Self.rates).map { "\($0)\t\($1)\r\n" }.joined()
    let little: [UInt8] = [0xFF, 0xFE] + text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] }
    let big: [UInt8] = [0xFE, 0xFF] + text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    for bytes in [little, big, [0xEF, 0xBB, 0xBF] + Array(text.utf8)] {
      #expect(try Reading.all(bytes).first?.trace.series.rawValues == Self.rates)
    }
  }

  @Test(
    "JSON that is none of them, and cells in it that are no numbers, are told with their place",
    arguments: [
      "{\"a\": 1}", "[1, 2]", "{\"status\":\"error\",\"error\":\"bad query\"}",
      "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{},\"values\":[[1772409600,\"x\"]]}]}}",
      "# TYPE a counter\na_total 5\n# EOF\n",
    ])
  func faults(text: String) {
    let told = Reading.refusal(text)
    #expect(told.contains(": error: ") && told.contains("help: "), "\(told)")
    #expect(!told.contains("quotes"))
  }
}
