import Catalogs
import Documents
import Quantities
import Scaling
import Serving
import Traffic

extension Plan {
  /// Resolves every name of a specification: machines and prices against the catalog, events against theirs, the
  /// zone through `zone`. All faults are collected.
  ///
  /// - Parameters:
  ///   - catalog: machines and prices.
  ///   - zone: gives the rules of a time zone by name, or nil where there is none such (reading files is the
  ///     caller's business).
  ///   - files: gives the bytes of a file beside the plan, for the manifests and calendars that it names.
  /// - Returns: the plan and the warnings on the way.
  public static func resolve(
    _ spec: PlanSpec, catalog: Catalog, zone: (String) -> TimeZoneRules?,
    files: (String) throws(Diagnostics) -> [UInt8] = { (path) throws(Diagnostics) in
      throw Diagnostics([.error("'\(path)' cannot be read here", at: nil, help: "write what it says into the plan")])
    }
  ) throws(Diagnostics) -> (plan: Plan, warnings: Diagnostics) {
    var diagnostics = Diagnostics()
    let rules: TimeZoneRules
    if let name = spec.traffic.timeZone {
      if let found = zone(name) {
        rules = found
      } else {
        diagnostics.append(
          .error(
            "'\(name)' is not a time zone", at: spec.places["traffic.time zone"], path: "traffic.time zone",
            help: "write a name of the tz database, as Europe/Berlin, or UTC"))
        rules = .utc
      }
    } else {
      rules = .utc
    }
    var events: [Event] = []
    for (i, event) in spec.traffic.events.enumerated() {
      if let path = event.calendar {
        events += calendar(path, event, at: i, spec, rules, zone, files, &diagnostics)
      } else if let event = resolve(event, at: i, spec, &diagnostics) {
        events.append(event)
      }
    }
    let (machine, perMachine) = resolveMachine(spec, catalog, &diagnostics)
    let (price, source, overridden) = resolvePrice(spec, machine, catalog, &diagnostics)
    var service = resolveService(spec, &diagnostics)
    // Nodes with an autoscaler of their own take the place of the start's node stage.
    if let nodes = spec.simulation.nodes { service?.startup.node = nodes.provisioning }
    let survive = spec.survive
    var policy = spec.scaling.policy
    if let node = spec.scaling.node {
      withoutActuallyEscaping(files) { files in
        withoutActuallyEscaping(zone) { zone in
          var reader = PolicyReader(files: files, zones: zone)
          policy = reader.policy(of: node, "scaling")
          diagnostics.merge(reader.problems)
        }
      }
    }
    if let policy, policy.signals.contains(.concurrency), spec.service.serviceTime == nil {
      diagnostics.append(
        .error(
          "\(policy.title) looks at concurrency, which nobody can tell from a capacity alone",
          at: spec.scaling.node?.location, path: "scaling",
          help: "add service time: 20ms and concurrency: 32 under service"))
    }
    checkFailures(spec, &diagnostics)
    if diagnostics.hasErrors { throw diagnostics.sorted() }
    guard let service, let policy else { throw diagnostics }
    let plan = Plan(
      name: spec.name, source: spec.traffic.source, unit: spec.traffic.unit, step: spec.traffic.step, zone: rules,
      growth: spec.traffic.growth, events: events, service: service,
      headroom: spec.headroom ?? .scenario(HeadroomScenario.all[0]), headroomIsDefault: spec.headroom == nil,
      scaling: spec.scaling, policy: policy, machine: machine, replicasPerMachine: perMachine, price: price,
      priceSource: source,
      priceIsOverridden: overridden, regions: spec.regions, survive: survive, horizon: spec.horizon,
      quotaLead: spec.quotaLead ?? .days(14), simulation: spec.simulation, places: spec.places)
    return (plan, diagnostics)
  }

  private static func resolve(_ event: EventSpec, at index: Int, _ spec: PlanSpec, _ diagnostics: inout Diagnostics)
    -> Event?
  {
    let path = "traffic.events[\(index)]"
    let known = EventCatalog.named(event.name)
    guard let when = event.when ?? known?.when else {
      let names = EventCatalog.all.map { $0.name }
      let near = known == nil ? nearest(event.name.lowercased(), in: names.map { $0.lowercased() }) : nil
      let hint = near.flatMap { n in names.first { $0.lowercased() == n } }
      diagnostics.append(
        .error(
          "'\(event.name)' has no date", at: event.location, path: path,
          help: hint.map { "did you mean '\($0)' of the catalog? Else add date: 2026-11-27" }
            ?? "add date: 2026-11-27, or rule: first Monday of September"))
      return nil
    }
    guard let lift = event.lift ?? known?.lift else {
      diagnostics.append(
        .error(
          "'\(event.name)' has no lift", at: event.location, path: path,
          help: "add lift: 4, or lift: { low: 3, mid: 4, high: 5 }"))
      return nil
    }
    return Event(
      name: event.name, when: when, duration: event.duration ?? known?.duration ?? .days(1), lift: lift,
      shape: known?.shape ?? .flat, startsAt: event.startsAt ?? .zero, leadTime: event.lead ?? known?.leadTime,
      isAssumption: event.lift == nil,
      source: event.lift == nil ? "event catalog" : spec.place("\(path).lift"))
  }

  private static func resolveMachine(_ spec: PlanSpec, _ catalog: Catalog, _ diagnostics: inout Diagnostics)
    -> (Machine?, Int)
  {
    guard let first = spec.machines.first else { return (nil, 1) }
    if let machine = catalog.machine(first.type) { return (machine, first.replicas) }
    if let price = spec.prices[first.type] {
      // A machine of one's own: the price is all that the plan needs of it.
      var own = Machine(name: first.type, cloud: "own", vcpus: 0, memory: .zero)
      own = own.priced(
        Price(hourly: price, lifecycle: .onDemand, region: Price.anyRegion, source: "the plan file", date: ""))
      return (own, first.replicas)
    }
    let near = nearest(first.type, in: catalog.machines.map { $0.name })
    diagnostics.append(
      .error(
        "'\(first.type)' is not in the catalog of machines", at: first.location, path: "machines[0].type",
        help: near.map { "did you mean '\($0)'? Else add prices: { \(first.type): $1.20/h }" }
          ?? "add prices: { \(first.type): $1.20/h }"))
    return (nil, 1)
  }

  private static func resolvePrice(
    _ spec: PlanSpec, _ machine: Machine?, _ catalog: Catalog, _ diagnostics: inout Diagnostics
  ) -> (HourlyPrice, String, Bool) {
    for name in spec.prices.keys.sorted() where name != machine?.name {
      diagnostics.append(
        .warning(
          "the price of '\(name)' is not used", at: spec.places["prices.\(name)"], path: "prices.\(name)",
          help: machine.map { "the plan's machine is '\($0.name)'" } ?? "name it under machines"))
    }
    guard let machine else { return (.zero, "no machine", false) }
    if let own = spec.prices[machine.name] { return (own, "the plan file", true) }
    guard let price = machine.price(.onDemand, in: spec.regions.first?.name) else {
      return (.zero, "no price known", false)
    }
    return (
      price.hourly,
      "\(price.source)\(price.date.isEmpty ? "" : ", \(price.date)")\(price.isEstimate ? " (estimated)" : "")", false
    )
  }

  private static func resolveService(_ spec: PlanSpec, _ diagnostics: inout Diagnostics) -> ServicePlan? {
    let service = spec.service
    let objective = Objective(
      latency: [service.p99.map { .p99($0) }, service.p95.map { .p95($0) }].compactMap { $0 },
      availability: service.availability.map { Fraction(rawValue: $0) })
    let cap = service.utilization ?? 1
    if let time = service.serviceTime {
      let servers = service.concurrency ?? 1
      guard let model = try? ErlangC(concurrency: servers, serviceTime: time) else { return nil }
      let (rate, origin) = carried(by: model, objective)
      guard rate > .zero else {
        diagnostics.append(
          .error(
            "no replica meets the objective: the service time alone is \(NumberFormat.duration(time))",
            at: spec.places["service.objective.p99"] ?? spec.places["service.service time"], path: "service.objective",
            help: "allow more than the service time's own 99 % quantile, or make the service faster"))
        return nil
      }
      let capacity = service.capacity ?? Estimate(exactly: rate)
      return ServicePlan(
        capacity: capacity.mapped { $0 * cap },
        capacityOrigin: service.capacity == nil
          ? origin : service.capacityOrigin,
        model: model, objective: objective, startup: service.startup, queueLimit: service.queueLimit ?? .seconds(5),
        running: service.running)
    }
    guard let capacity = service.capacity else { return nil }
    guard let model = try? FixedCapacity(capacity.mid) else { return nil }
    return ServicePlan(
      capacity: capacity.mapped { $0 * cap },
      capacityOrigin: service.capacityOrigin, model: model,
      objective: objective, startup: service.startup, queueLimit: service.queueLimit ?? .seconds(5),
      running: service.running)
  }

  /// The highest rate of one replica within the objective, by bisection over the model; without a latency
  /// objective, the rate at saturation.
  private static func carried(by model: ErlangC, _ objective: Objective) -> (RequestRate, String) {
    let top = model.capacityPerReplica
    guard let bound = objective.latency.first else { return (top, "the queueing model at saturation") }
    func holds(_ rate: Double) -> Bool { model.attains(objective, of: .perSecond(rate), replicas: 1) }
    guard holds(0) else { return (.zero, "") }
    var low = 0.0
    var high = top.perSecond
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return (
      .perSecond(low),
      "the highest rate at which the queueing model keeps \(bound.name) within \(NumberFormat.duration(bound.limit))"
    )
  }

  private static func checkFailures(_ spec: PlanSpec, _ diagnostics: inout Diagnostics) {
    var asked: [(FailureTolerance, String)] = []
    if let survive = spec.survive { asked.append((survive, "survive")) }
    if case .cover(let cover)? = spec.headroom, let failures = cover.failures {
      asked.append((failures, "headroom.cover.failures"))
    }
    for (tolerance, path) in asked where tolerance.factor(shares: spec.regions.map { $0.share }) == nil {
      diagnostics.append(
        .error(
          "losing \(tolerance.lost) \(tolerance.what)\(tolerance.lost == 1 ? "" : "s") leaves nothing",
          at: spec.places[path], path: path,
          help: spec.regions.isEmpty ? "list the regions, or write '1 of 3 zones'" : "survive fewer, or add a region"))
    }
  }
}
