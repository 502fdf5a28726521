import Catalogs
import Documents
import Quantities
import Simulating

extension SimulationSlice {
  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> SimulationSpec {
    var spec = SimulationSpec()
    guard let node = plan["simulation"] else { return spec }
    let path = "simulation"
    if let metrics = node["metrics"] {
      spec.scrapeInterval = reader.positiveSpan(metrics["scrape"], "\(path).metrics.scrape")
      spec.window = reader.quantity(metrics["window"], "\(path).metrics.window")
      spec.staleness = reader.positiveSpan(metrics["staleness"], "\(path).metrics.staleness")
    }
    if let nodes = node["nodes"], !nodes.isNull { spec.nodes = readNodes(nodes, &reader) }
    spec.replicasPerNode = spec.nodes == nil ? nil : node["nodes"]?["per node"]?.integer
    spec.drain = reader.quantity(node["drain"], "\(path).drain") ?? .zero
    spec.warmNodes = reader.count(node["warm nodes"], "\(path).warm nodes", 0...1_000_000) ?? 0
    if spec.warmNodes > 0, spec.nodes != nil, let place = node["warm nodes"] {
      reader.fail(
        "'warm nodes' and 'nodes' are both given", place, "\(path).warm nodes",
        help: "a pool with an autoscaler keeps no spares: write a minimum of nodes")
    }
    if let incidents = node["incidents"] { readIncidents(incidents, &spec, &reader) }
    if let batch = node["batch"] { spec.batch = readBatch(batch, &reader) }
    return spec
  }

  private static func readNodes(_ node: Node, _ reader: inout NodeReader) -> NodeSpec? {
    let path = "simulation.nodes"
    let usual = NodePoolSpec()
    _ = reader.count(node["per node"], "\(path).per node", 1...1_000_000)
    let minimum = reader.count(node["minimum"], "\(path).minimum", 0...1_000_000_000) ?? 0
    let quota = reader.count(node["quota"], "\(path).quota", 0...1_000_000_000)
    if let quota, minimum > quota {
      reader.fail("'minimum' is above 'quota'", node, path, help: "write minimum <= quota")
      return nil
    }
    return NodeSpec(
      initial: reader.count(node["initial"], "\(path).initial", 0...1_000_000_000), minimum: minimum, quota: quota,
      scanInterval: reader.positiveSpan(node["scan"], "\(path).scan") ?? usual.scanInterval,
      provisioning: reader.startupTime(node["provisioning"], "\(path).provisioning"),
      unneededTime: reader.quantity(node["unneeded"], "\(path).unneeded") ?? usual.unneededTime,
      delayAfterAdd: reader.quantity(node["delay after add"], "\(path).delay after add") ?? usual.delayAfterAdd)
  }

  private static func readIncidents(_ node: Node, _ spec: inout SimulationSpec, _ reader: inout NodeReader) {
    let path = "simulation.incidents"
    func hourly(_ key: String) -> Double {
      guard let node = node[key], let rate: RequestRate = reader.quantity(node, "\(path).\(key)") else { return 0 }
      // One a replica and second would leave no fleet to look at.
      guard rate.rawValue >= 0, rate.rawValue <= 1 else {
        reader.fail(
          "'\(key)' is out of range: \"\(node.text ?? "")\"", node, "\(path).\(key)",
          help: "write how often one replica is hit, as 0.01/h")
        return 0
      }
      return rate.rawValue * 3600
    }
    spec.crashesPerHour = hourly("crashes")
    spec.preemptionsPerHour = hourly("preemptions")
    if let notice: Duration = reader.quantity(node["notice"], "\(path).notice") { spec.notice = notice }
    for (i, item) in (node["planned"]?.elements ?? []).enumerated() {
      if let incident = readPlanned(item, "\(path).planned[\(i)]", &reader) { spec.planned.append(incident) }
    }
  }

  private static func readPlanned(_ node: Node, _ path: String, _ reader: inout NodeReader) -> SimulationSpec
    .PlannedIncident?
  {
    let kinds = ["crash", "preempt", "metrics missing", "rollout"].filter { node[$0] != nil }
    guard kinds.count == 1 else {
      reader.fail(
        kinds.isEmpty ? "the incident says not what happens" : "the incident is of two kinds", node, path,
        help: "write exactly one of crash: 30%, preempt: 50%, metrics missing: 10m and rollout: { surge: 25% }")
      return nil
    }
    guard let at = node["at"], let text = reader.string(at, "\(path).at") else { return nil }
    let time: SimulationSpec.PlannedIncident.Time
    var copy = text
    if let (moment, zone) = copy.withUTF8({ Timestamp.parse(iso8601: $0) }) {
      time = .at(moment, isLocal: zone == .none)
    } else if let span = try? Duration.parse(text), span >= .zero {
      time = .after(span)
    } else {
      reader.fail(
        "'at' is no time: \"\(text)\"", at, "\(path).at",
        help: "write 2026-11-27T18:00, or a span from the plan's moment, as 36h")
      return nil
    }
    let help = "write a share of the ready replicas, as 30%"
    if let share = reader.share(node["crash"], "\(path).crash", 0...1, help: help) {
      return SimulationSpec.PlannedIncident(time: time, kind: .crash(Fraction(rawValue: share)))
    }
    if let share = reader.share(node["preempt"], "\(path).preempt", 0...1, help: help) {
      return SimulationSpec.PlannedIncident(time: time, kind: .preemption(Fraction(rawValue: share)))
    }
    if let span: Duration = reader.positiveSpan(node["metrics missing"], "\(path).metrics missing") {
      return SimulationSpec.PlannedIncident(time: time, kind: .metricsMissing(span))
    }
    if let rollout = node["rollout"] {
      let usual = Rollout()
      return SimulationSpec.PlannedIncident(
        time: time,
        kind: .rollout(
          Rollout(
            surge: readPart(rollout["surge"], "\(path).rollout.surge", &reader) ?? usual.surge,
            unavailable: readPart(rollout["unavailable"], "\(path).rollout.unavailable", &reader) ?? usual.unavailable,
            settling: reader.quantity(rollout["settling"], "\(path).rollout.settling") ?? usual.settling)))
    }
    return nil
  }

  /// A share of the replicas (`25%`) or a number of them (`3`), as in a Deployment.
  private static func readPart(_ node: Node?, _ path: String, _ reader: inout NodeReader) -> Rollout.Part? {
    guard let node else { return nil }
    if node.integer != nil { return reader.count(node, path, 0...1_000_000_000).map { .count($0) } }
    let help = "write a share of the replicas, as 25%, or a number of them, as 3"
    guard node.text?.hasSuffix("%") == true else {
      reader.fail("no part of the replicas: \"\(node.text ?? "")\"", node, path, help: help)
      return nil
    }
    return reader.share(node, path, 0...1, help: help).map { .share(Fraction(rawValue: $0)) }
  }

  private static func readBatch(_ node: Node, _ reader: inout NodeReader) -> BatchWork {
    let path = "simulation.batch"
    func hours(_ key: String) -> Double {
      guard let node = node[key], let value = node.number else { return 0 }
      guard value.isFinite, value >= 0, value <= 1e9 else {
        reader.fail(
          "'\(key)' is out of range: \(node.text ?? "")", node, "\(path).\(key)", help: "write replica-hours, as 12")
        return 0
      }
      return value
    }
    let usual = BatchWork()
    return BatchWork(
      arriving: hours("arriving"), backlog: hours("backlog"),
      ceiling: reader.share(node["ceiling"], "\(path).ceiling", 0...1, help: "write 90%").map {
        Utilization(rawValue: $0)
      } ?? usual.ceiling,
      giveWay: reader.quantity(node["give way"], "\(path).give way") ?? usual.giveWay)
  }
}
