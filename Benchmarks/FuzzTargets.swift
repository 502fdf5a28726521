import Catalogs
import Connecting
import Documents
import Glibc
import LoadTesting
import Planning
import Quantities
import Scaling
import Terminal
import Traffic
import Wire

extension Fuzzing {
  /// Every reader of what others write: documents, manifests, histories, quantities, protocols. A new reader is one more.
  static let all: [Target] =
    [
      yaml, json, lines, csv, history, plan, manifest, ray, calendar, quantity, formula, clock, question, region,
      foreign,
      recording, response, request, events,
    ] + stored

  private static let yaml = Target(
    name: "yaml", endings: [".yaml", ".yml"], seeds: ["a: &b [1, {c: *b}]\n<<: *b\nd: |\n  e\n"],
    words: ["&a ", "*a", "<<: ", "!!float ", "|\n", ">-\n", "? ", "---\n"]
  ) { bytes in (try? YAML.parse(bytes)) != nil }

  private static let json = Target(
    name: "json", endings: [".json"], seeds: ["{\"a\": [1, -2.5e3, null, true, \"\\ud83d\\ude00\"]}"],
    words: ["null", "true", "\\u0000", "\\ud800", "[[[[", "1e999"]
  ) { bytes in
    guard let node = try? JSON.parse(bytes) else { return false }
    _ = node.location
    return true
  }

  private static let lines = Target(
    name: "ndjson", endings: [".ndjson"],
    seeds: ["{\"ts\": 1700000000, \"rps\": 5}\n{\"ts\": \"2026-01-01T00:00:00Z\"}\n"],
    words: ["\n\n", "{}\n", "\r\n"]
  ) { bytes in
    var reader = NDJSONReader()
    var isGood = true
    do {
      try bytes.withUnsafeBytes { buffer in
        try reader.feed(buffer) { piece, _ in isGood = isGood && (try? JSON.parse(piece, file: nil)) != nil }
      }
      try reader.finish { piece, _ in isGood = isGood && (try? JSON.parse(piece, file: nil)) != nil }
    } catch { return false }
    return isGood
  }

  private static let csv = Target(
    name: "csv", endings: [".csv"], seeds: ["a;b\n1,5;\"x\"\"y\"\n", "t\tv\n1\t2\n"],
    words: ["\"\"", ";", "\t", "\r", "\u{FEFF}"]
  ) { bytes in
    let table = try? CSVTable.parse(bytes) { preview in
      var seen: Set<String> = []
      return preview.header.prefix(4).filter { seen.insert($0).inserted }.map { .number($0) }
    }
    return table != nil
  }

  private static let history = Target(
    name: "history", endings: [".csv", ".ndjson", ".json", ".txt"],
    seeds: [
      "time,rps\n2026-01-01T00:00:00Z,1\n2026-01-01T01:00:00Z,2\n",
      "{\"ts\":1700000000,\"v\":1}\n{\"ts\":1700003600,\"v\":2}\n",
      "# TYPE a counter\na_total 5 1700000000\na_total 9 1700003600\n# EOF\n",
    ], words: ["2026-03-29T02:30:00", "1/2/2026", "12.01.2026", "NaN", "-", "1.234,5", "\"1,234\""]
  ) { bytes in
    // A file of memory: the reader tells formats by their first bytes and reads what it needs.
    let path = "/dev/shm/headroom-fuzz-\(getpid())"
    guard (try? Output.write(bytes, to: path)) != nil else { return false }
    defer { unlink(path) }
    return (try? TraceReader.read(path: path)) != nil
  }

  private static let plan = Target(
    name: "plan", endings: ["plan.yaml"],
    seeds: [
      PlanTemplate.text(name: "shop", withTraffic: false),
      "plan: x\ncurrency: EUR\ntraffic: { average: 5/s }\nservice: { service time: 20ms, concurrency: 4 }\nprices: { g5.xlarge: 1.2 EUR/h }\nmachines: [ { type: g5.xlarge } ]\nscaling: { hpa: { spec: { maxReplicas: 9 } } }\n",
      "plan: y\nservices:\n  a: { traffic: { average: 1/s }, service: { capacity: 2/s } }\n  b: { traffic: { average: 1/s }, service: { capacity: 2/s } }\n",
    ],
    words: ["EUR", "$1e9/h", "%", "per replica", "{ low: 1, mid: 2, high: 3 }", "null", ": \n", "1 of 3 zones", "-1d"]
  ) { bytes in
    guard let document = try? PlanFormat.standard.read(document: bytes, file: "plan.yaml"),
      let specs = try? document.services(named: nil)
    else { return false }
    var isWhole = document.faults.isEmpty
    for (_, spec) in specs {
      let (plan, found) = Plan.resolving(
        spec, after: document.faults, catalog: .builtIn, zone: { $0 == "UTC" ? .utc : nil }
      ) { (name) throws(Diagnostics) in throw Diagnostics([.error("'\(name)' is not here", at: nil, help: nil)]) }
      _ = found.unique().description
      // What is whole answers, or says why it does not.
      if let plan, case .stated = plan.demand.source {
        _ = try? Planner.outcome(of: plan, trace: nil, now: Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_000))
      }
      isWhole = isWhole && plan != nil
    }
    return isWhole
  }

  private static let manifest = Target(
    name: "manifest",
    endings: ["hpa.yaml", "keda.yaml", "cluster.yaml", "scaledobject.yaml", "service.yaml", "all.yaml"],
    seeds: [
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: a }\nspec:\n  scaleTargetRef: { kind: Deployment, name: a }\n  minReplicas: 2\n  maxReplicas: 9 # all\n  metrics:\n    - type: Resource\n      resource: { name: cpu, target: { type: Utilization, averageUtilization: 60 } }\n",
      "apiVersion: keda.sh/v1alpha1\nkind: ScaledObject\nmetadata: { name: a }\nspec:\n  scaleTargetRef: { name: a }\n  advanced: { scalingModifiers: { formula: 'a > 1 ? a : max(a, b)', target: '5' } }\n  triggers:\n    - { type: kafka, name: a, metadata: { topic: t, lagThreshold: '5' } }\n    - { type: mysql, name: b, metadata: { queryValue: '4' } }\n",
      "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: { name: a }\nspec:\n  template:\n    metadata: { annotations: { autoscaling.knative.dev/target: '10' } }\n    spec: { containerConcurrency: 5, containers: [ { image: x } ] }\n",
      "apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: a }\nspec: { replicas: 3, template: { spec: { containers: [ { name: c } ] } } }\n---\napiVersion: karpenter.sh/v1\nkind: NodePool\nmetadata: { name: p }\nspec: { limits: { nvidia.com/gpu: 8 }, template: { spec: { nodeClassRef: { name: d }, requirements: [ { key: karpenter.k8s.aws/instance-family, operator: In, values: [g5] } ] } } }\n",
    ],
    words: ["{{ .Values.x }}", "500m", "10Gi", "nvidia.com/gpu", "Utilization", "AverageValue", "&a ", "---\n", "-1"]
  ) { bytes in
    let read = ManifestImport.read(bytes, file: "m.yaml", zones: { _ in nil })
    let together = ManifestImport.conflicts(read.objects, among: read.surroundings)
    _ = ManifestImport.text(read.objects, together: together)
    _ = ManifestImport.json(read.objects, together: together)
    _ = together.map(\.description)
    for object in read.objects { check(object, bytes) }
    return !read.objects.isEmpty && !read.problems.hasErrors
  }

  /// What is written back must be read back, and say what was to be written: unless it was told that it could not be.
  private static func check(_ object: ImportedObject, _ bytes: [UInt8]) {
    let source = ManifestSource(file: "m.yaml", bytes: bytes, name: object.name.isEmpty ? nil : object.name)
    if let hpa = object.hpa {
      let wanted = min(hpa.spec.maxReplicas, 1_000_000) + 7
      guard let patched = try? source.patched(hpa: { $0.spec.maxReplicas = wanted }), patched.losses.isEmpty else {
        return
      }
      let again = try? HPAManifest.read(Array(patched.text.utf8), name: source.name)
      precondition(again?.spec.maxReplicas == wanted, "the manifest was not written back: \(patched.text)")
    }
    if object.keda != nil {
      _ = try? source.patched(keda: { $0.spec.maxReplicaCount = 77 }, zones: { _ in .utc })
    }
  }

  private static let ray = Target(
    name: "ray", endings: ["serve.yaml", "ray.yaml"],
    seeds: [
      "applications:\n  - name: a\n    deployments:\n      - { name: d, autoscaling_config: { min_replicas: 1, max_replicas: 4 } }\n    args: { llm_configs: [ { model_loading_config: { model_id: m }, engine_kwargs: { tensor_parallel_size: 2 }, deployment_config: { autoscaling_config: { max_replicas: 3 } } } ] }\n",
      "kind: RayService\nmetadata: { name: r }\nspec:\n  serveConfigV2: |\n    applications:\n      - deployments:\n          - name: d\n            autoscaling_config:\n              max_replicas: 4\n  rayClusterConfig: { workerGroupSpecs: [ { maxReplicas: 4, rayStartParams: { num-gpus: '2' } } ] }\n",
    ], words: ["auto", "-1", "num_gpus: 0.5", "max_replicas: "]
  ) { bytes in
    guard let found = try? RayServeManifest.all(bytes) else { return false }
    for one in found.deployments {
      _ = try? ManifestSource(file: "r.yaml", bytes: bytes, name: one.path).patched(ray: { $0.maxReplicas = 99 })
    }
    return true
  }

  private static let calendar = Target(
    name: "calendar", endings: [".ics"],
    seeds: [
      "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Sale\nDTSTART;VALUE=DATE:20260701\nRRULE:FREQ=WEEKLY;COUNT=9\nEND:VEVENT\nEND:VCALENDAR\n"
    ],
    words: [
      "RRULE:FREQ=DAILY;INTERVAL=1\n", "EXDATE:20260708\n", "DTSTART;TZID=Europe/Berlin:20260701T080000\n",
      "DURATION:P9999W\n",
    ]
  ) { bytes in
    let first = CivilDate(daysSinceEpoch: 20_000)
    return (try? CalendarEvents(String(decoding: bytes, as: UTF8.self), in: first...(first + 4000), zone: .utc)) != nil
  }

  private static let quantity = Target(
    name: "quantity", endings: [],
    seeds: [
      "120/s", "2.5k/s per replica", "1h30m", "70%", "$1.2/h", "1.20 EUR/h", "-5 CHF", "+300%", "16GiB", "700W",
      "2500 tok/s", "1 of 3 zones", "20%/year",
    ],
    words: ["k", "M", "EUR", "USD", "$", "€", "/h", "/month", "%", " ", "e9", "per replica"]
  ) { bytes in
    let text = String(decoding: bytes.prefix(200), as: UTF8.self)
    var isAny = false
    func one<Q: QuantityText>(_ type: Q.Type) {
      guard let value = try? Q.parse(text) else { return }
      isAny = true
      _ = "\(value)"
    }
    for currency in [Currency.dollars, Currency("EUR") ?? .dollars] {
      currency.shown {
        one(RequestRate.self)
        one(TokenRate.self)
        one(Fraction.self)
        one(Utilization.self)
        one(Factor.self)
        one(HourlyPrice.self)
        one(Money.self)
        one(Bytes.self)
        one(Power.self)
        one(Duration.self)
      }
    }
    _ = try? EventRule.parse(text)
    _ = KubernetesQuantity(text)
    _ = Timestamp(iso8601: text)
    return isAny
  }

  private static let formula = Target(
    name: "formula", endings: [], seeds: ["a + b * 2", "max(a, b) > 5 ? a : -b ** 2", "not (a and b) or 1 % 3 == 0"],
    words: ["(", ")", "?", ":", "max(", "a", "b", "**", "-", "1e308"]
  ) { bytes in
    let made = KedaModifiers(
      formula: String(decoding: bytes, as: UTF8.self), target: KubernetesQuantity(milli: 1000))
    return made.value { $0 == "a" ? 3 : $0 == "b" ? 0 : nil } != nil
  }

  private static let clock = Target(
    name: "cron", endings: [], seeds: ["0 7 * * 1-5", "*/5 0-3,9 1 jan mon", "@daily", "0 0 30 2 *"],
    words: ["*/", "-", ",", "7", "60", "@"]
  ) { bytes in
    guard let schedule = CronSchedule(String(decoding: bytes.prefix(100), as: UTF8.self)) else { return false }
    let next = schedule.next(after: Timestamp(nanosecondsSinceEpoch: 1_700_000_000_000_000_000), in: .utc)
    return next.map { $0.nanosecondsSinceEpoch > 1_700_000_000_000_000_000 } ?? true
  }

  private static let question = Target(
    name: "question", endings: [".ndjson"],
    seeds: [
      "{\"id\": 1, \"avg_qps\": 100, \"peak_to_avg\": 2, \"headroom\": 0.5, \"qps_per_instance\": 7}",
      "{\"id\": 2, \"on_demand_rate\": 1, \"commit_rate\": 0.6, \"demand\": [1, 2, 3]}",
    ], words: ["1e308", "-1", "null", "[]", "\"x\"", "0"]
  ) { bytes in
    guard let node = try? JSON.parse(bytes) else { return false }
    var isAny = false
    if let question = try? PlanQuestion(node) {
      isAny = true
      _ = try? question.answer()
    }
    if let question = try? CommitmentQuestion(node) {
      isAny = true
      _ = question.answer()
    }
    return isAny
  }

  private static let region = Target(
    name: "region", endings: ["regions.json", "regions.yaml", "place.json"],
    seeds: [
      "{\"regions\": [], \"demand\": []}",
      """
      {"schema": "headroom-regions/1", "name": "two", "hours_utc": [0, 1],
       "regions": [{"id": "a", "fixed_cost_per_h": 0, "min_instances": 2, "max_instances": null}, {"id": "b"}],
       "types": [{"id": "m", "rps": 80}], "offers": [{"region": "a", "type": "m", "price_per_h": 0.9, "quota": 400},
       {"region": "b", "type": "m", "price_per_h": 1.1, "quota": 90}],
       "origins": [{"id": "o", "home": "a", "demand_rps": [900, 850.5]}, {"id": "p", "home": "b", "demand_rps": [40, 0]}],
       "latency_ms": {"o": {"a": 5.3, "b": 15}, "p": {"a": 15, "b": 4}},
       "latency_limit_ms": {"normal": 150, "failure": 260}, "failure_sets": [["a"], ["b"]],
       "headroom": {"normal": 0.3, "failure": 0.05}}
      """,
    ],
    words: ["null", "-1", "0", "1e308", "9999999999999999999", "[]", "{}", "\"\""]
  ) { bytes in (try? RegionDocument(bytes: bytes, file: nil)) != nil }

  private static let foreign = Target(
    name: "results", endings: [".json", ".txt", ".csv"],
    seeds: [
      "Running 30s test @ http://x\n  Latency 1.2ms 2ms 3ms 70%\n  100 requests in 30.00s, 1MB read\nRequests/sec: 3.3\n",
      "  2 threads and 10 connections\nRunning 30s test @ http://x\n  Thread Calibration\n  Latency Distribution (HdrHistogram - Recorded Latency)\n 50.000%    1.10ms\n 99.000%   30.00s\n  100 requests in 30.00s, 1MB read\n  Socket errors: connect 1, read 2, write 3, timeout 4\n  Non-2xx or 3xx responses: 5\nRequests/sec: 3.3\n",
      "{\"metrics\":{\"http_req_duration\":{\"avg\":1.5,\"min\":1,\"med\":1.2,\"max\":9,\"p(95)\":4},\"http_reqs\":{\"count\":100,\"rate\":10},\"http_req_failed\":{\"passes\":3,\"value\":0.03},\"dropped_iterations\":{\"count\":2},\"data_received\":{\"count\":5000}},\"state\":{\"testRunDurationMs\":10000}}",
      "{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2026-01-01T00:00:00.5Z\",\"value\":12.5,\"tags\":{\"status\":\"200\",\"name\":\"a\",\"url\":\"http://x/a\"}}}\n{\"metric\":\"data_received\",\"type\":\"Point\",\"data\":{\"time\":\"2026-01-01T00:00:01Z\",\"value\":700}}\n{\"metric\":\"http_req_duration\",\"type\":\"Point\",\"data\":{\"time\":\"2026-01-01T00:00:02Z\",\"value\":3,\"tags\":{\"status\":\"0\",\"error_code\":\"1050\"}}}\n",
      "{\"attack\":\"\",\"seq\":0,\"code\":200,\"timestamp\":\"2026-01-01T00:00:00.5Z\",\"latency\":5000000,\"bytes_out\":0,\"bytes_in\":7,\"error\":\"\",\"url\":\"http://x/\"}\n{\"attack\":\"\",\"seq\":1,\"code\":0,\"timestamp\":\"2026-01-01T00:00:01Z\",\"latency\":7000000,\"bytes_in\":0,\"error\":\"timeout\"}\n",
      "1767225600500000000,200,5000000,0,7,,,a,0,GET,http://x/\n1767225601500000000,500,6000000,0,7,x,,a,1,GET,http://x/\n",
      "{\"latencies\":{\"total\":1,\"mean\":5000000,\"50th\":4000000,\"90th\":7000000,\"99th\":8000000,\"max\":9000000,\"min\":1000},\"bytes_in\":{\"total\":700},\"earliest\":\"2026-01-01T00:00:00Z\",\"duration\":10000000000,\"requests\":100,\"status_codes\":{\"200\":97,\"500\":3}}",
      "{\"benchmarks\":[{\"metrics\":{\"request_totals\":{\"successful\":9,\"errored\":1,\"incomplete\":2},\"request_latency\":{\"successful\":{\"count\":9,\"mean\":1.5,\"median\":1.4,\"max\":3,\"percentiles\":{\"p001\":0.1,\"p99\":2.9}}},\"time_to_first_token_ms\":{\"successful\":{\"count\":9,\"mean\":50,\"percentiles\":{\"p50\":48}}},\"output_token_count\":{\"successful\":{\"mean\":128}}},\"config\":{\"strategy\":{\"type_\":\"constant\",\"rate\":2,\"max_concurrency\":8}},\"start_time\":1767225600,\"duration\":60}]}",
      "{\"date\":\"20260101-031201\",\"request_rate\":\"inf\",\"max_concurrency\":8,\"completed\":3,\"failed\":1,\"num_prompts\":4,\"duration\":9.5,\"total_output_tokens\":300,\"mean_ttft_ms\":50,\"median_ttft_ms\":48,\"p99_ttft_ms\":90,\"ttfts\":[0.05,0.06,0.04],\"itls\":[[0.01,0.02],[0.01],[]],\"output_lens\":[3,2,1]}",
      "Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,99%\nGET,/a,100,3,12,15.5,1,90,700,10.5,0.1,12,80\n,Aggregated,100,3,12,15.5,1,90,700,10.5,0.1,12,80\n",
    ],
    words: [
      "Latency", "p(95)", "Requests/sec:", "metrics", "e308", "1e300", "-1", "9999999999999999999",
      "2262-04-12T00:00:00Z",
      "1600-01-01T00:00:00Z", "\"count\":", "\"time\":", "null",
    ]
  ) { bytes in (try? ForeignResult.read(bytes, file: "r")) != nil }

  private static let recording = Target(
    name: "recording", endings: [".log", ".txt", ".ndjson"],
    seeds: [
      "1.2.3.4 - - [01/Jan/2026:00:00:00 +0000] \"GET /a HTTP/1.1\" 200 5 \"-\" \"x\"\n",
      "{\"time\":\"2026-01-01T00:00:00Z\",\"method\":\"GET\",\"path\":\"/\"}\n",
    ],
    words: ["\"", "[", "GET ", "HTTP/1.1", " +9999]", "\\x"]
  ) { bytes in (try? RequestRecording(bytes)) != nil }

  private static let response = Target(
    name: "http-response", endings: [],
    seeds: [
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
      "HTTP/1.0 301 x\r\nLocation: /a\r\nConnection: close\r\n\r\n",
    ], words: ["\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n", ": "]
  ) { bytes in
    var parser = ResponseParser()
    parser.begin()
    return steps(bytes) { base, count, offset in parser.step(base, count, from: &offset) }
  }

  private static let request = Target(
    name: "http-request", endings: [],
    seeds: ["GET / HTTP/1.1\r\nHost: x\r\n\r\n", "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"],
    words: ["\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "CONNECT ", "Upgrade: h2c\r\n"]
  ) { bytes in
    var parser = RequestParser()
    parser.begin()
    return steps(bytes) { base, count, offset in parser.step(base, count, from: &offset) }
  }

  /// Feeds a parser of messages in pieces, as a socket does.
  private static func steps(
    _ bytes: [UInt8], _ step: (UnsafePointer<UInt8>, Int, inout Int) -> MessageStep
  ) -> Bool {
    bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      var at = 0
      let piece = 1 + bytes.count % 23
      while at < buffer.count {
        let count = min(piece, buffer.count - at)
        var offset = 0
        var turns = 0
        reading: while true {
          turns += 1
          precondition(turns <= 4 * count + 8, "a parser that does not go on")
          switch step(base + at, count, &offset) {
          case .complete: return true
          case .malformed: return false
          case .needsMore: break reading
          default: continue
          }
        }
        at += count
      }
      return false
    }
  }

  private static let events = Target(
    name: "event-stream", endings: [], seeds: ["data: {\"a\":1}\n\nevent: x\ndata: b\nid: 1\n\ndata: [DONE]\n\n"],
    words: ["data:", "\n\n", "\r", "event: error\n", ": comment\n"]
  ) { bytes in
    var parser = EventStreamParser()
    parser.begin()
    return bytes.withUnsafeBufferPointer { buffer in
      guard let base = buffer.baseAddress else { return false }
      var at = 0
      let piece = 1 + bytes.count % 17
      var events = 0
      while at < buffer.count {
        let count = min(piece, buffer.count - at)
        var offset = 0
        while parser.next(base + at, count, from: &offset) { events += 1 }
        at += count
      }
      return events > 0
    }
  }
}
