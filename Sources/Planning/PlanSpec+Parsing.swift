import Documents
import Glibc
import Quantities
import Scaling
import Simulating
import Traffic

func power(_ base: Double, _ exponent: Double) -> Double { pow(base, exponent) }

extension PlanSpec {
  /// Reads a plan file. Every fault is collected; none stops the reading.
  ///
  /// - Throws: all diagnostics, each with its place and remedy.
  public static func parse(yaml bytes: [UInt8], file: String?) throws(Diagnostics) -> PlanSpec {
    let node = try YAML.parse(bytes, file: file)
    return try PlanSpec.read(node)
  }

  /// Reads a plan from a document's root node.
  public static func read(_ node: Node) throws(Diagnostics) -> PlanSpec {
    var structure = PlanSchema.schema.validate(node, path: "")
    var reader = PlanReader()
    var spec = PlanSpec()
    spec.name = reader.string(node["plan"], "plan") ?? ""
    if let traffic = node["traffic"] { spec.traffic = readTraffic(traffic, &reader) }
    if let service = node["service"] { spec.service = readService(service, &reader) }
    if let headroom = node["headroom"] { spec.headroom = readHeadroom(headroom, &reader) }
    if let scaling = node["scaling"] { spec.scaling = readScaling(scaling, &reader) }
    for (i, machine) in (node["machines"]?.elements ?? []).enumerated() {
      var one = MachineSpec(
        type: reader.string(machine["type"], "machines[\(i)].type") ?? "", location: machine["type"]?.location)
      one.replicas = reader.count(machine["replicas"], "machines[\(i)].replicas", 1...4096) ?? 1
      spec.machines.append(one)
    }
    if spec.machines.count > 1, let second = node["machines"]?.elements?.dropFirst().first {
      reader.fail(
        "only one machine type is planned at a time", second, "machines[1]",
        help: "keep the type that the service runs on")
    }
    for entry in node["prices"]?.entries ?? [] {
      if let price: HourlyPrice = reader.quantity(entry.value, "prices.\(entry.key)") { spec.prices[entry.key] = price }
    }
    spec.regions = readRegions(node["regions"], &reader)
    spec.survive = readSurvive(node["survive"], "survive", &reader)
    if let given: Duration = reader.positive(node["horizon"], "horizon", zero: .zero) { spec.horizon = given }
    if spec.horizon > .days(3660), let place = node["horizon"] {
      reader.fail("'horizon' is longer than ten years", place, "horizon", help: "plan at most 3660d ahead")
    }
    spec.quotaLead = reader.quantity(node["quota lead"], "quota lead")
    if let simulation = node["simulation"] { spec.simulation = SimulationSpec.read(simulation, &reader) }
    spec.places = reader.places
    structure.merge(reader.diagnostics)
    if structure.hasErrors { throw structure.sorted() }
    return spec
  }

  private static func readTraffic(_ node: Node, _ reader: inout PlanReader) -> TrafficSpec {
    var spec = TrafficSpec()
    if let source = node["source"] {
      if node["average"] != nil {
        reader.fail(
          "both 'source' and 'average' are given", node, "traffic", help: "measure a source, or state an average")
      }
      spec.source = readSource(source, &reader) ?? spec.source
    } else if node["average"] != nil {
      let average: RequestRate? = reader.positive(node["average"], "traffic.average", zero: .zero)
      spec.source = .stated(average: average ?? .zero, peakToAverage: readRatio(node["peak to average"], &reader))
    } else if node["average"] == nil, node.entries != nil {
      reader.fail(
        "no demand is given", node, "traffic", help: "add source: { csv: traffic.csv } or average: 30000/s")
    }
    if let unit = reader.string(node["unit"], "traffic.unit") {
      spec.unit = unit == "per step" ? .countPerStep : .perSecond
    }
    spec.step = reader.positive(node["step"], "traffic.step", zero: .zero)
    spec.timeZone = reader.string(node["time zone"], "traffic.time zone")
    spec.growth = reader.estimate(node["growth"], "traffic.growth") { $0.yearlyGrowth($1, $2) }
    for (i, event) in (node["events"]?.elements ?? []).enumerated() {
      spec.events.append(readEvent(event, "traffic.events[\(i)]", &reader))
    }
    return spec
  }

  private static func readRatio(_ node: Node?, _ reader: inout PlanReader) -> Double {
    guard let node else { return 2.5 }
    let path = "traffic.peak to average"
    reader.places[path] = node.location
    let value = node.number ?? 2.5
    if !(value >= 1 && value.isFinite) {
      reader.fail(
        "'peak to average' is below 1: \(node.text ?? "")", node, path,
        help: "the peak is at least the average; 1.5 to 3 is common")
    }
    return value
  }

  private static func readSource(_ node: Node, _ reader: inout PlanReader) -> TrafficSource? {
    let kinds = ["csv", "ndjson", "prometheus"].filter { node[$0] != nil }
    guard kinds.count == 1, let kind = kinds.first else {
      if node.entries != nil {
        reader.fail(
          kinds.isEmpty ? "the source names no data" : "the source names \(kinds.joined(separator: " and "))", node,
          "traffic.source", help: "write exactly one of csv, ndjson and prometheus")
      }
      return nil
    }
    let path = "traffic.source"
    let target = reader.string(node[kind], "\(path).\(kind)") ?? ""
    let time = reader.string(node["time"], "\(path).time")
    let value = reader.string(node["value"], "\(path).value")
    let foreign =
      kind == "prometheus" ? ["time", "value"] : ["query", "range", "step", "username", "bearer token file"]
    for key in foreign {
      if let extra = node[key] {
        reader.fail("'\(key)' does not belong to a \(kind) source", extra, "\(path).\(key)", help: "take it out")
      }
    }
    switch kind {
    case "csv": return .csv(path: target, time: time, value: value)
    case "ndjson": return .ndjson(path: target, time: time, value: value)
    default:
      var query = PrometheusQuery()
      query.url = target
      query.query = reader.string(node["query"], "\(path).query") ?? ""
      if query.query.isEmpty {
        reader.fail(
          "'query' is missing", node, "\(path).query", help: "write query: sum(rate(http_requests_total[5m]))")
      }
      if !target.hasPrefix("http://"), !target.hasPrefix("https://"), let place = node[kind] {
        reader.fail(
          "'prometheus' is not an address: \"\(target)\"", place, "\(path).prometheus", help: "write http://HOST:9090")
      }
      if let range: Duration = reader.positive(node["range"], "\(path).range", zero: .zero) { query.range = range }
      if let step: Duration = reader.positive(node["step"], "\(path).step", zero: .zero) { query.step = step }
      if query.step > query.range {
        reader.fail("'step' is longer than 'range'", node, "\(path).step", help: "write step: 1h")
      }
      query.bearerTokenFile = reader.string(node["bearer token file"], "\(path).bearer token file")
      query.bearerTokenVariable = reader.string(node["bearer token variable"], "\(path).bearer token variable")
      query.username = reader.string(node["username"], "\(path).username")
      query.passwordFile = reader.string(node["password file"], "\(path).password file")
      query.passwordVariable = reader.string(node["password variable"], "\(path).password variable")
      return .prometheus(query)
    }
  }

  private static func readEvent(_ node: Node, _ path: String, _ reader: inout PlanReader) -> EventSpec {
    var event = EventSpec(name: reader.string(node["name"], "\(path).name") ?? "", location: node.location)
    event.calendar = reader.string(node["calendar"], "\(path).calendar")
    if node["calendar"] != nil {
      for key in ["name", "date", "rule", "at", "days", "duration"] {
        if let extra = node[key] {
          reader.fail(
            "'\(key)' does not belong to a calendar", extra, "\(path).\(key)",
            help: "take it out, or make it an event of its own: the calendar's entries say it themselves")
        }
      }
    } else if node["name"] == nil, node.entries != nil {
      reader.fail("missing key 'name'", node, path, help: "add name: Black Friday, or calendar: holidays.ics")
    }
    if let date = reader.date(node["date"], "\(path).date") { event.when = .date(date) }
    if let rule = node["rule"], let text = reader.string(rule, "\(path).rule") {
      if node["date"] != nil {
        reader.fail("both 'date' and 'rule' are given", rule, "\(path).rule", help: "keep one of them")
      }
      do {
        event.when = try EventRule.parse(text)
      } catch {
        reader.fail("'rule' \(error.problem): \"\(text)\"", rule, "\(path).rule", help: error.remedy)
      }
    }
    event.startsAt = reader.timeOfDay(node["at"], "\(path).at")
    if let days = node["days"] {
      if let n = days.number, n > 0, n <= 366 {
        event.duration = .days(n)
      } else if days.number != nil {
        reader.fail("'days' is out of range: \(days.text ?? "")", days, "\(path).days", help: "write 0.25 to 366")
      }
    }
    if let duration: Duration = reader.positive(node["duration"], "\(path).duration", zero: .zero) {
      event.duration = duration
    }
    event.lift = reader.estimate(node["lift"], "\(path).lift") { reader, node, path in
      guard let lift: Factor = reader.quantity(node, path) else { return nil }
      guard lift.rawValue >= 0, lift.rawValue <= 10_000 else {
        reader.fail(
          "'lift' is out of range: \"\(node.text ?? "")\"", node, path, help: "write demand over ordinary demand, as 4")
        return nil
      }
      return lift
    }
    event.lead = reader.quantity(node["lead"], "\(path).lead")
    return event
  }

  private static func readService(_ node: Node, _ reader: inout PlanReader) -> ServiceSpec {
    var spec = ServiceSpec()
    spec.capacity = reader.estimate(node["capacity"], "service.capacity") { reader, node, path in
      guard let text = node.text else { return nil }
      reader.places[path] = node.location
      let bare = text.lowercased().replacingSuffix("per replica").replacingSuffix("per instance")
      guard let rate = try? RequestRate.parse(bare), rate > .zero else {
        reader.fail(
          "'capacity' is not a rate above zero: \"\(text)\"", node, path, help: "write 2000/s per replica")
        return nil
      }
      return rate
    }
    if let list = node["measured"]?.elements {
      if list.isEmpty {
        reader.fail(
          "'measured' is an empty list", node, "service.measured", help: "name results: [ monday.json, friday.json ]")
      }
      for (i, item) in list.enumerated() {
        if let path = reader.string(item, "service.measured[\(i)]") { spec.measured.append(path) }
      }
    } else if let path = reader.string(node["measured"], "service.measured") {
      spec.measured = [path]
    }
    if node["measured"] != nil, node["capacity"] != nil {
      reader.fail(
        "both 'capacity' and 'measured' say what one replica can do", node, "service.measured", help: "keep one")
    }
    spec.serviceTime = reader.positive(node["service time"], "service.service time", zero: .zero)
    spec.concurrency = reader.count(node["concurrency"], "service.concurrency", 1...100_000)
    spec.utilization = reader.share(node["utilization"], "service.utilization", 0.01...1, help: "write 80%")
    if spec.capacity == nil, spec.serviceTime == nil, node["capacity"] == nil, node["service time"] == nil,
      node["measured"] == nil, node.entries != nil
    {
      reader.fail(
        "nothing says what one replica can do", node, "service",
        help: "add capacity: 2000/s per replica, measured: saturation.json, or service time: 20ms with concurrency: 32")
    }
    if let objective = node["objective"] {
      spec.p99 = reader.positive(objective["p99"], "service.objective.p99", zero: .zero)
      spec.p95 = reader.positive(objective["p95"], "service.objective.p95", zero: .zero)
      spec.availability = reader.share(
        objective["availability"], "service.objective.availability", 0.5...1, help: "write 99.9%")
    }
    if let startup = node["startup"] {
      func stage(_ key: String) -> StartupTime {
        reader.startupTime(startup[key], "service.startup.\(key)") ?? .fixed(.zero)
      }
      spec.startup = StartupSpec(
        node: stage("node"), image: stage("image"), modelLoad: stage("model load"), warm: stage("warm"))
    }
    spec.queueLimit = reader.quantity(node["queue"], "service.queue")
    spec.running = reader.count(node["running"], "service.running", 0...10_000_000)
    return spec
  }

  private static func readHeadroom(_ node: Node, _ reader: inout PlanReader) -> HeadroomChoice? {
    reader.places["headroom"] = node.location
    if let text = node.text {
      if let scenario = HeadroomScenario.named(text) { return .scenario(scenario) }
      if let share = try? Fraction.parse(text), share.rawValue >= 0, share.rawValue <= 100 {
        return .fraction(share.rawValue)
      }
      let names = HeadroomScenario.all.map { $0.name }
      let near = nearest(text.lowercased(), in: names)
      reader.fail(
        "'headroom' is neither a share nor a scenario: \"\(text)\"", node, "headroom",
        help: near.map { "did you mean '\($0)'?" } ?? "write 50% or one of: \(names.joined(separator: ", "))")
      return nil
    }
    guard let node = node["cover"] else { return nil }
    var cover = HeadroomChoice.Cover()
    cover.forecastError = reader.share(
      node["forecast error"], "headroom.cover.forecast error", 0.5...0.9999, help: "write the quantile to hold, as 90%")
    cover.failures = readSurvive(node["failures"], "headroom.cover.failures", &reader)
    cover.scalingLag = node["scaling lag"]?.bool ?? false
    cover.growthUntil = reader.quantity(node["growth until"], "headroom.cover.growth until")
    cover.together = node["together"]?.bool ?? false
    return .cover(cover)
  }

  private static func readScaling(_ node: Node, _ reader: inout PlanReader) -> ScalingSpec {
    var spec = ScalingSpec()
    let given = PolicyList.all.filter { node[$0.name].map { !$0.isNull && $0.bool != false } ?? false }
    spec.isGiven = !given.isEmpty
    if spec.isGiven {
      spec.node = node
      // Without files: what a manifest says is read when the plan is resolved.
      var policies = PolicyReader()
      spec.policy = policies.policy(of: node, "scaling")
      reader.diagnostics.merge(policies.problems)
    }
    spec.minimum = reader.count(node["minimum"], "scaling.minimum", 0...10_000_000)
    spec.maximum = reader.count(node["maximum"], "scaling.maximum", 1...10_000_000)
    if let low = spec.minimum, let high = spec.maximum, low > high {
      reader.fail("'minimum' is above 'maximum'", node, "scaling", help: "write minimum <= maximum")
    }
    if let delay: Duration = reader.quantity(node["metric delay"], "scaling.metric delay") { spec.metricDelay = delay }
    return spec
  }

  private static func readRegions(_ node: Node?, _ reader: inout PlanReader) -> [RegionSpec] {
    var regions: [RegionSpec] = []
    for entry in node?.entries ?? [] {
      let share = reader.share(
        entry.value["share"], "regions.\(entry.key).share", 0...1, help: "write a share from 0 to 100%")
      regions.append(RegionSpec(name: entry.key, share: share ?? 0, location: entry.keyLocation))
    }
    let sum = regions.reduce(0) { $0 + $1.share }
    if let node, !regions.isEmpty, abs(sum - 1) > 0.005 {
      reader.fail(
        "the regions' shares add up to \(NumberFormat.significant(sum * 100, 4)) %", node, "regions",
        help: "make them 100%")
    }
    return regions
  }

  private static func readSurvive(_ node: Node?, _ path: String, _ reader: inout PlanReader) -> FailureTolerance? {
    guard let node, let text = reader.string(node, path) else { return nil }
    do {
      return try FailureTolerance.parse(text)
    } catch {
      reader.fail("'\(reader.lastKey(path))' \(error.problem): \"\(text)\"", node, path, help: error.remedy)
      return nil
    }
  }
}

extension String {
  fileprivate func replacingSuffix(_ suffix: String) -> String {
    guard hasSuffix(suffix) else { return self }
    return String(dropLast(suffix.count)).split(separator: " ").joined(separator: " ")
  }
}
