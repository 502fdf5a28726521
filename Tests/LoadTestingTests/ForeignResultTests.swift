import LoadTesting
import Quantities
import Testing

/// Results as the tools write them: their documented forms, with numbers that follow from each other.
@Suite struct ForeignResultTests {
  static func read(_ text: String, from tool: String? = nil) throws -> (tool: String, results: [ForeignResult]) {
    let (found, results) = try ForeignResult.read(Array(text.utf8), file: "result", from: tool)
    return (found.name, results)
  }
  static func near(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) <= 0.003 * b } ?? false }

  @Test("k6: every sample, with its status, its step and its second")
  func k6Samples() throws {
    var lines = [#"{"type":"Metric","data":{"name":"http_req_duration","type":"trend"},"metric":"http_req_duration"}"#]
    for i in 0..<100 {
      let second = i < 50 ? 1 : 2
      let status = i % 10 == 9 ? 500 : 200
      lines.append(
        #"{"type":"Point","metric":"http_req_duration","data":{"time":"2026-11-24T03:00:0\#(second).5Z","value":\#(i + 1),"tags":{"name":"\#(i % 2 == 0 ? "login" : "cart")","status":"\#(status)","expected_response":"\#(status == 200)","url":"http://h/x?token=abc"}}}"#
      )
    }
    lines.append(#"{"type":"Point","metric":"dropped_iterations","data":{"time":"2026-11-24T03:00:02Z","value":5}}"#)
    let (tool, results) = try Self.read(lines.joined(separator: "\n"))
    let result = try #require(results.first).result
    #expect(tool == "k6")
    #expect(result.ok == 90 && result.errors.serverErrors == 10 && result.dropped == 5)
    #expect(result.isOpenLoop && !result.isValid, "an arrival rate that left requests out is no test of it")
    #expect(Self.near(result.latency.quantile(0.99), 0.099))
    #expect(result.classes.map(\.name) == ["cart", "login"])
    #expect(result.classes.map(\.ended) == [50, 50] && result.classes.map(\.ok) == [40, 50])
    #expect(result.timeline.reduce(0) { $0 + $1.completed } == 100)
    #expect(results[0].started == Timestamp(iso8601: "2026-11-24T03:00:01.5Z"))
    #expect(LoadRecord(url: results[0].url, result: result).url == "http://h/x?token=***")
  }

  @Test(
    "k6: the summary, flat or with its values inside",
    arguments: [
      #"{"metrics":{"http_req_duration":{"avg":10,"min":1,"med":8,"max":200,"p(90)":20,"p(95)":30},"http_reqs":{"count":1000,"rate":100},"http_req_failed":{"passes":20,"fails":980,"value":0.02}}}"#,
      #"{"state":{"testRunDurationMs":10000},"metrics":{"http_req_duration":{"type":"trend","values":{"avg":10,"min":1,"med":8,"max":200,"p(90)":20,"p(95)":30}},"http_reqs":{"type":"counter","values":{"count":1000,"rate":100}},"http_req_failed":{"type":"rate","values":{"rate":0.02,"passes":20,"fails":980}}}}"#,
    ])
  func k6Summary(_ text: String) throws {
    let result = try #require(try Self.read(text).results.first).result
    #expect(result.completed == 1000 && result.ok == 980 && result.errors.total == 20)
    #expect(result.window == .seconds(10) && result.achievedRate == .perSecond(100))
    #expect(Self.near(result.latency.quantile(0.5), 0.008) && Self.near(result.latency.quantile(0.95), 0.03))
    // What is not known is not made better than it was: between 95 % and all it is the maximum.
    #expect(Self.near(result.latency.quantile(0.96), 0.2))
    #expect(result.latency.mean == 0.01)
    #expect(try LoadExpectation("errors <= 2%").isMet(by: result))
  }

  @Test("wrk2: what it prints")
  func wrk2() throws {
    let text = """
      Running 30s test @ http://127.0.0.1:80/index.html
        2 threads and 100 connections
        Thread Stats   Avg      Stdev     Max   +/- Stdev
          Latency   635.91us  395.29us  12.92ms   93.16%
          Req/Sec     1.06k     1.09k    2.50k    65.75%
        Latency Distribution (HdrHistogram - Recorded Latency)
       50.000%  562.00us
       75.000%  802.00us
       99.000%    1.40ms
       99.999%   12.00ms
      100.000%   12.92ms
        60018 requests in 30.00s, 19.81MB read
        Socket errors: connect 1, read 2, write 0, timeout 3
        Non-2xx or 3xx responses: 18
      Requests/sec:   2000.28
      Transfer/sec:    676.18KB
      """
    let (tool, results) = try Self.read(text)
    let result = try #require(results.first).result
    #expect(tool == "wrk2" && results[0].url == "http://127.0.0.1:80/index.html")
    #expect(result.completed == 60_018 && result.ok == 60_000 && result.errors.total == 24)
    #expect(result.isOpenLoop && result.connections == 100 && result.window == .seconds(30))
    #expect(Self.near(result.latency.quantile(0.99), 0.0014) && Self.near(result.latency.quantile(0.5), 0.000562))
    #expect(Self.near(result.latency.maximum, 0.01292))
  }

  @Test("vegeta: requests as JSON and as CSV, and the report")
  func vegeta() throws {
    let json = (0..<10).map {
      #"{"attack":"","seq":\#($0),"code":\#($0 == 9 ? 0 : 200),"timestamp":"2026-11-24T03:00:00.\#($0)Z","latency":\#($0 + 1)000000,"bytes_out":0,"bytes_in":5,"error":"\#($0 == 9 ? "connection refused" : "")","method":"GET","url":"http://h/"}"#
    }.joined(separator: "\n")
    let csv = (0..<10).map {
      "179548920\(0)\($0)00000000,\($0 == 9 ? 0 : 200),\($0 + 1)000000,0,5,\($0 == 9 ? "connection refused" : ""),,,\($0),GET,http://h/,"
    }.joined(separator: "\n")
    for text in [json, csv] {
      let (tool, results) = try Self.read(text)
      let result = try #require(results.first).result
      #expect(tool == "vegeta" && results[0].url == "http://h/")
      #expect(result.ok == 9 && result.errors.connect == 1 && result.bytesReceived == 50)
      #expect(Self.near(result.latency.maximum, 0.009))
      #expect(abs(result.window.seconds - 1) < 1e-6, "ten requests a tenth of a second apart are one second")
    }
    let report =
      #"{"latencies":{"total":237119463,"mean":2371194,"50th":2854306,"90th":3228223,"95th":3478629,"99th":3530000,"max":3660505,"min":1949582},"buckets":null,"bytes_in":{"total":606700,"mean":6067},"bytes_out":{"total":0,"mean":0},"earliest":"2026-11-24T03:00:00Z","latest":"2026-11-24T03:00:01Z","end":"2026-11-24T03:00:01Z","duration":989900000,"wait":1949582,"requests":100,"rate":101.02,"throughput":100.82,"success":0.98,"status_codes":{"200":98,"503":2},"errors":["503"]}"#
    let result = try #require(try Self.read(report).results.first).result
    #expect(result.ok == 98 && result.errors.serverErrors == 2 && result.completed == 100)
    #expect(Self.near(result.latency.quantile(0.99), 0.00353) && result.latency.mean == 0.002371194)
  }

  @Test("GuideLLM: each benchmark of a sweep, with its streams")
  func guideLLM() throws {
    func benchmark(_ type: String, _ rate: Double, _ scale: Double) -> String {
      func metric(_ mid: Double) -> String {
        #"{"successful":{"count":50,"mean":\#(mid),"median":\#(mid),"min":\#(mid / 2),"max":\#(mid * 4),"percentiles":{"p01":\#(mid / 2),"p50":\#(mid),"p95":\#(mid * 2),"p99":\#(mid * 3),"p999":\#(mid * 4)}}}"#
      }
      return
        #"{"config":{"strategy":{"type_":"\#(type)","rate":\#(rate)}},"start_time":1795489200,"end_time":1795489230,"duration":30,"metrics":{"request_totals":{"successful":50,"errored":2,"incomplete":1,"total":53},"requests_per_second":{"successful":{"mean":\#(rate)}},"request_latency":\#(metric(scale)),"time_to_first_token_ms":\#(metric(100 * scale)),"inter_token_latency_ms":\#(metric(20 * scale)),"output_tokens_per_second":{"successful":{"mean":900}},"output_token_count":{"successful":{"mean":128}}}}"#
    }
    let text = #"{"benchmarks":["# + benchmark("constant", 5, 1) + "," + benchmark("concurrent", 8, 2) + "]}"
    let (tool, results) = try Self.read(text)
    #expect(tool == "guidellm" && results.map(\.label) == ["constant 5/s", "concurrent 8/s"])
    #expect(results.map(\.result.isOpenLoop) == [true, false])
    let result = results[0].result
    #expect(result.ok == 50 && result.errors.incomplete == 2 && result.unfinished == 1 && result.offered == 53)
    let streams = try #require(result.streams)
    #expect(
      Self.near(streams.timeToFirstToken.quantile(0.99), 0.3)
        && Self.near(streams.interTokenLatency.quantile(0.5), 0.02))
    #expect(streams.tokens == 6400 && streams.tokensPerSecond == 900)
    #expect(try LoadExpectation("ttft p95 <= 201ms").isMet(by: result))
  }

  @Test("vLLM: every request where they are kept, else its percentiles")
  func vllm() throws {
    let whole =
      #"{"date":"20261124-030000","backend":"openai","model_id":"m","num_prompts":3,"request_rate":2.0,"duration":1.5,"completed":2,"total_input_tokens":20,"total_output_tokens":6,"request_throughput":1.3,"output_throughput":4.0,"mean_ttft_ms":150,"median_ttft_ms":150,"p99_ttft_ms":199,"ttfts":[0.1,0.2],"itls":[[0.02,0.04],[0.03,0.03]],"output_lens":[3,3]}"#
    let result = try #require(try Self.read(whole).results.first).result
    #expect(result.ok == 2 && result.errors.total == 1 && result.isOpenLoop)
    #expect(Self.near(result.streams?.timeToFirstToken.maximum, 0.2))
    // (end to end - first) / (tokens - 1): 30 ms both.
    #expect(Self.near(result.streams?.timePerOutputToken.quantile(0.5), 0.03))
    #expect(Self.near(result.latency.maximum, 0.26))
    let short =
      #"{"request_rate":"inf","duration":10,"completed":100,"failed":0,"total_output_tokens":12800,"output_throughput":1280,"request_throughput":10,"mean_ttft_ms":60,"median_ttft_ms":50,"p99_ttft_ms":200,"mean_tpot_ms":11,"median_tpot_ms":10,"p99_tpot_ms":20,"mean_itl_ms":11,"median_itl_ms":10,"p99_itl_ms":40,"mean_e2el_ms":1500,"median_e2el_ms":1400,"p99_e2el_ms":2600}"#
    let (tool, results) = try Self.read(short)
    #expect(tool == "vllm" && results[0].label == "all at once" && !results[0].result.isOpenLoop)
    #expect(Self.near(results[0].result.streams?.timeToFirstToken.quantile(0.99), 0.2))
    #expect(Self.near(results[0].result.latency.quantile(0.99), 2.6))
  }

  @Test("Locust: its statistics, by request")
  func locust() throws {
    let text = """
      Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%
      GET,"/a,b",80,0,10,12.5,1,90,5,8,0,10,12,14,15,20,30,50,60,90,90,90
      POST,/c,20,5,30,33,2,200,5,2,0.5,30,40,50,55,90,120,180,190,200,200,200
      ,Aggregated,100,5,12,16.6,1,200,5,10,0.5,12,15,20,25,40,80,120,180,200,200,200
      """
    let (tool, results) = try Self.read(text)
    let result = try #require(results.first).result
    #expect(tool == "locust" && !result.isOpenLoop)
    #expect(result.completed == 100 && result.ok == 95 && result.window == .seconds(10))
    #expect(result.classes.map(\.name) == ["GET /a,b", "POST /c"])
    #expect(Self.near(result.latency.quantile(0.99), 0.18))
    #expect(try LoadExpectation("POST /c errors <= 25%").isMet(by: result))
  }

  @Test(
    "what no tool wrote is refused with a remedy",
    arguments: ["", "{}", "hello", "[1]", "{\"metrics\":{}}", "Running 3s test @ x\nRequests/sec: 1"])
  func refused(_ text: String) {
    let error = #expect(throws: LoadTestingError.self) { try Self.read(text) }
    #expect(error?.remedy.isEmpty == false)
    for tool in ForeignResult.tools { #expect(throws: LoadTestingError.self) { try Self.read(text, from: tool.name) } }
  }

  @Test(
    "Numbers that no test can have had are not said: they neither trap nor are added up",
    arguments: [
      // A time of 10^21 s (found by script/fuzz), a word that has no number behind it.
      "Running 30s test @ http://x\n  Latency 1.2ms 2ms 3ms 70%\n  100 requests in 999999999999999999999s, 1MB read\nRequests/sec: 3.3\n",
      "Running 30s test @ http://x\n 99999999999999999999 threads and 9999999999999999999 connections\n  Latency 1.2ms 2ms 3ms 70%\n 50.000%    1.10ms\n  9999999999999999999 requests in 1s, 1MB read\n  Socket errors: connect\nRequests/sec: 1e308\n",
      #"{"metrics":{"http_req_duration":{"avg":1e300,"p(95)":1e300,"med":3},"http_reqs":{"count":1e300,"rate":1e-300},"http_req_failed":{"passes":-1e300},"dropped_iterations":{"count":1e300}}}"#,
      #"{"metrics":{"http_req_duration":{"avg":10,"p(95)":1e300,"med":3},"http_reqs":{"count":10,"rate":1e-300},"http_req_failed":{"value":1e300},"dropped_iterations":{"count":1e300},"data_received":{"count":1e300}}}"#,
      #"{"metric":"http_req_duration","type":"Point","data":{"time":"1700-01-01T00:00:00Z","value":1e17,"tags":{"status":"200"}}}"#
        + "\n"
        + #"{"metric":"http_req_duration","type":"Point","data":{"time":"2026-01-01T00:00:00Z","value":12,"tags":{"status":"200"}}}"#
        + "\n" + #"{"metric":"data_received","type":"Point","data":{"value":1e300}}"#,
      "9223372036854775807,200,1e300,0,9223372036854775807,,,a,0,GET,http://x/\n1767225600500000000,200,5,0,9223372036854775807,,,a,0,GET,http://x/\n1767225600500000001,200,5,0,9223372036854775807,,,a,0,GET,http://x/\n",
      #"{"latencies":{"mean":1e300,"50th":4,"99th":1e300},"bytes_in":{"total":1e300},"duration":1e300,"requests":9223372036854775807,"status_codes":{"200":9223372036854775807,"500":9223372036854775807}}"#,
      #"{"benchmarks":[{"metrics":{"request_totals":{"successful":9223372036854775807,"errored":9223372036854775807},"request_latency":{"successful":{"count":9,"mean":1e300,"median":1,"percentiles":{"p99":1e300}}},"output_token_count":{"successful":{"mean":1e300}}},"start_time":-1e300,"duration":1e300}]}"#,
      #"{"completed":9223372036854775807,"failed":9223372036854775807,"duration":1e300,"total_output_tokens":1e300,"mean_ttft_ms":1e300,"ttfts":[1e300,-1e300],"itls":[[1e300],[-1]],"output_lens":[1e300,0]}"#,
      #"{"completed":2,"failed":-9223372036854775807,"duration":1e300,"total_output_tokens":1e300,"mean_ttft_ms":1,"ttfts":[1e300,-1e300],"itls":[[1e300],[-1]],"output_lens":[1e300,2]}"#,
      "Type,Name,Request Count,Failure Count,Average Response Time,Requests/s,50%\n,a,1e300,1e300,1e300,1e300,1e300\n,b,5,9,-1e300,1e-300,4\n,Aggregated,5,9,1e300,1e-300,4\n",
    ])
  func impossibleNumbers(_ text: String) throws {
    guard let results = try? Self.read(text).results else { return }
    for result in results.map(\.result) {
      #expect(result.window >= .zero && result.window <= .seconds(1_000_000_000))
      #expect((0...2_000_000_000_000).contains(result.completed) && result.ok >= 0 && result.errors.total >= 0)
      #expect(result.latency.maximum.map { (0...1e9).contains($0) } ?? true)
    }
  }
}
