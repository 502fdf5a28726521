import Catalogs
import Costs
import Documents
import Placing
import Quantities
import Simulating

/// What happens when a region is lost, and how the service stands by for it.
enum RecoverySlice: PlanSlice {
  typealias Spec = RecoverySpec
  typealias Settings = RecoverySpec
  typealias Answer = RecoveryOutcome

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("recovery", "how the loss of a region is survived, and how soon", .object(recovery))]
  }

  static let recovery = ObjectSchema(
    title: "recovery", summary: "What a recovery is made of; `headroom recovery` and `headroom failover` ask it.",
    fields: [
      Field(
        "posture", "how the service stands by", .choice(RecoveryPosture.allCases.map(\.rawValue)), example: "warm"),
      Field("rto", "recovery time objective", UnitSchema.span, example: "15m"),
      Field("rpo", "recovery point objective: how much data may be lost", UnitSchema.span, example: "1m"),
      Field(
        "routing", "how traffic is led away", .choice(RoutingMechanism.presets.map(\.name)), example: "route53",
        default: "route53"),
      Field("time to live", "how long clients keep an address", UnitSchema.span, example: "60s"),
      Field("sticky", "the share of clients that keep it longer", UnitSchema.share, example: "5%"),
      Field("sticky time", "for how long they do", UnitSchema.span, example: "15m"),
      Field("decision", "until somebody decides", UnitSchema.span, example: "5m"),
      Field("attempts", "how often a client tries in all", .integer, example: "3", default: "3"),
      Field("patience", "until a client gives up on an attempt", UnitSchema.span, example: "1s", default: "1s"),
      Field("backoff", "before the first retry; each further one waits twice as long", UnitSchema.span, example: "1s"),
      Field("retry budget", "retries as a share of first attempts, at most", UnitSchema.share, example: "10%"),
      Field("queue", "the longest queue, in time to serve it", UnitSchema.span, example: "2s", default: "2s"),
      Field(
        "serves abandoned", "whether requests are served whose clients have given up", .boolean, default: "true"),
      Field("replication lag", "by how much the copies of the data lag", UnitSchema.span, example: "5s", default: "5s"),
      Field("backup every", "how far backups are apart", UnitSchema.span, example: "24h", default: "24h"),
      Field("backup", "the data that a restoration reads", .quantity("size", examples: ["2 TB"]), example: "2 TB"),
      Field("artifacts", "the size of the model artifacts", .quantity("size", examples: ["40 GB"]), example: "40 GB"),
      Field(
        "bandwidth", "bytes a second at which artifacts and backups reach the region",
        .quantity("size", examples: ["1 GB"]), example: "1 GB", default: "500 MB"),
      Field("feature rows", "features that are computed anew where they are not replicated", .number, example: "2e9"),
      Field("feature rate", "rows a second of that", UnitSchema.rate, example: "500k/s"),
      Field("infrastructure", "until networks and clusters stand", UnitSchema.span, example: "1h", default: "1h"),
      Field(
        "obtainable", "how probable it is that machines can be had at once", UnitSchema.share, example: "70%",
        default: "100%"),
      Field("lead", "how long they take where they cannot", UnitSchema.span, example: "4h"),
      Field(
        "cache penalty", "the further work of a request that misses a cold cache", UnitSchema.factor, example: "0.5"),
      Field("cache fill", "until two thirds of the misses are gone", UnitSchema.span, example: "5m"),
      Field("warm share", "the part that a warm posture holds", UnitSchema.share, example: "50%", default: "50%"),
      Field(
        "degraded share", "the part of the demand whose service counts as recovered", UnitSchema.share, example: "80%",
        default: "100%"),
      Field("drilled", "when each region was last evacuated", .map(.date), example: "{ us-east-1: 2026-03-10 }"),
    ])

  static func read(_ plan: Node, _ format: PlanFormat, _ reader: inout NodeReader) -> RecoverySpec {
    var spec = RecoverySpec()
    guard let node = plan["recovery"], node.entries != nil else { return spec }
    spec.isAsked = true
    func path(_ key: String) -> String { "recovery.\(key)" }
    func seconds(_ key: String, _ node: Node?) -> Double? { reader.span(node, path(key))?.seconds }
    func share(_ key: String, _ node: Node?) -> Double? {
      reader.share(node, path(key), 0...1, help: "write a share, as 30%")
    }
    spec.posture = node["posture"]?.text.flatMap { RecoveryPosture.named($0) }
    spec.rto = seconds("rto", node["rto"])
    spec.rpo = seconds("rpo", node["rpo"])
    if let name = node["routing"]?.text, let preset = RoutingMechanism.named(name) { spec.mechanism = preset }
    if let value = seconds("time to live", node["time to live"]) { spec.mechanism.timeToLive = value }
    if let value = share("sticky", node["sticky"]) { spec.mechanism.sticky = value }
    if let value = seconds("sticky time", node["sticky time"]) { spec.mechanism.stickySeconds = value }
    if let value = seconds("decision", node["decision"]) {
      spec.mechanism.decision = value
      spec.decision = value
    }
    let attempts = reader.count(node["attempts"], path("attempts"), 1...16) ?? 3
    let patience: Duration = reader.positiveSpan(node["patience"], path("patience")) ?? .seconds(1)
    spec.retries = FailoverSetting.Retries(
      attempts: attempts, timeout: patience.seconds, backoff: seconds("backoff", node["backoff"]) ?? 0,
      budget: share("retry budget", node["retry budget"]))
    spec.queue = FailoverSetting.Queue(
      seconds: seconds("queue", node["queue"]) ?? 2,
      servesAbandoned: reader.flag(node["serves abandoned"], path("serves abandoned")) ?? true)
    if let value = seconds("replication lag", node["replication lag"]) { spec.parts.replicationLag = value }
    if let value = seconds("backup every", node["backup every"]) { spec.parts.backupInterval = value }
    func bytes(_ key: String, _ node: Node?) -> Double? {
      let size: Bytes? = reader.positive(node, path(key), zero: .zero)
      return size?.rawValue
    }
    if let value = bytes("backup", node["backup"]) { spec.parts.backupBytes = value }
    if let value = bytes("artifacts", node["artifacts"]) { spec.parts.artifactBytes = value }
    if let value = bytes("bandwidth", node["bandwidth"]) {
      spec.parts.artifactRate = value
      spec.parts.backupRate = value
    }
    if let rows = reader.number(node["feature rows"], path("feature rows"), above: 0) {
      spec.parts.featureRows = rows
      spec.parts.replicatesFeatures = false
    }
    let featureRate: RequestRate? = reader.positive(node["feature rate"], path("feature rate"), zero: .zero)
    if let featureRate { spec.parts.featureRate = featureRate.rawValue }
    if let value = seconds("infrastructure", node["infrastructure"]) { spec.parts.infrastructure = value }
    if let value = share("obtainable", node["obtainable"]) { spec.parts.obtainable = value }
    if let value = seconds("lead", node["lead"]) { spec.parts.scarcity = value }
    let penalty: Factor? = reader.quantity(node["cache penalty"], path("cache penalty"))
    spec.caches = FailoverSetting.Caches(
      penalty: max(0, penalty?.rawValue ?? 0), fill: seconds("cache fill", node["cache fill"]) ?? 300)
    if let value = share("warm share", node["warm share"]) { spec.parts.warmShare = value }
    if let value = share("degraded share", node["degraded share"]) { spec.parts.degradedShare = value }
    for entry in node["drilled"]?.entries ?? [] {
      if let date = reader.date(entry.value, path("drilled.\(entry.key)")) { spec.drilled[entry.key] = date }
    }
    return spec
  }

  static func resolve(_ resolver: inout PlanResolver) -> RecoverySpec? {
    var spec = resolver.spec[RecoverySlice.self]
    let startup = resolver.spec.service.startup
    spec.parts.detection = spec.mechanism.detectionSeconds
    spec.parts.decision = spec.decision ?? max(spec.mechanism.decision, 300)
    spec.parts.routing = spec.mechanism.timeToLive
    if startup.node.meanSeconds > 0 { spec.parts.machines = startup.node.meanSeconds }
    spec.parts.image = startup.image.meanSeconds
    spec.parts.modelLoad = startup.modelLoad.meanSeconds + startup.warm.meanSeconds
    if spec.caches.penalty > 0 { spec.parts.caches = spec.caches.fill }
    let names = resolver.spec.fleet.regions.map(\.name)
    for (region, _) in spec.drilled where !names.contains(region) {
      resolver.fail(
        "there is no region '\(region)'", "recovery.drilled.\(region)",
        help: nearest(region, in: names).map { "did you mean '\($0)'?" } ?? "name a region of the plan")
    }
    return spec
  }

  // MARK: Answering

  static func answer(_ draft: inout PlanDraft) -> RecoveryOutcome {
    let plan = draft.plan
    let spec = plan[RecoverySlice.self]
    let sizing = draft[SizingSlice.self]
    guard spec.isAsked else { return RecoveryOutcome(postures: [], drills: [], undrilled: []) }
    // What the largest region's traffic needs elsewhere.
    let need = sizing.regions.map(\.own).max() ?? sizing.replicas
    let supply = plan.fleet.supply
    let base = supply.holding(sizing.replicas).fleet.costPerMonth.total
    let postures = RecoveryTime.all(spec.parts).map { time in
      let standing = Int((time.standingShare * Double(need)).rounded(.up))
      return PricedPosture(
        time: time, replicas: standing,
        costPerMonth: standing > 0 ? supply.holding(sizing.replicas + standing).fleet.costPerMonth.total - base : .zero,
        meets: time.meets(time: spec.rto, dataLoss: spec.rpo))
    }
    let regions = sizing.regions.map(\.name)
    var outcome = RecoveryOutcome(
      postures: postures, drills: [], undrilled: regions.filter { spec.drilled[$0] == nil }, chosen: spec.posture)
    outcome.rto = spec.rto
    outcome.rpo = spec.rpo
    outcome.drills = Drill.calendar(
      spec.posture ?? outcome.cheapest?.time.posture ?? .warm, regions: regions, last: spec.drilled, from: draft.today)
    return outcome
  }

  static func judge(_ draft: inout PlanDraft) {
    let recovery = draft[RecoverySlice.self]
    guard !recovery.postures.isEmpty else { return }
    let cheapest = recovery.cheapest?.time.posture
    if let own = recovery.postures.first(where: { $0.time.posture == recovery.chosen }), !own.meets {
      draft.tell(
        RecoveryFinding.postureMisses(
          own.time.posture, time: .seconds(own.time.seconds), dataLoss: .seconds(own.time.dataLoss),
          dominant: own.time.dominant?.name ?? "", instead: cheapest))
    } else if recovery.chosen == nil, cheapest == nil, recovery.rto != nil || recovery.rpo != nil {
      draft.tell(RecoveryFinding.noneMeets)
    }
    if !recovery.undrilled.isEmpty {
      draft.tell(RecoveryFinding.neverDrilled(recovery.undrilled), by: recovery.drills.first?.date)
    }
  }
}

/// What stands under `recovery:`.
public struct RecoverySpec: Sendable {
  /// Whether the plan says anything about it.
  public var isAsked = false
  public var posture: RecoveryPosture?
  /// Seconds.
  public var rto: Double?
  public var rpo: Double?
  public var mechanism = RoutingMechanism.presets[0]
  public var decision: Double?
  public var retries = FailoverSetting.Retries()
  public var queue = FailoverSetting.Queue()
  public var caches = FailoverSetting.Caches()
  public var parts = RecoveryParts()
  public var drilled: [String: CivilDate] = [:]
}

/// A posture with its price.
public struct PricedPosture: Hashable, Sendable {
  public var time: RecoveryTime
  /// Replicas that it holds beside those of the plan.
  public var replicas: Int
  /// What they cost a month.
  public var costPerMonth: Money
  /// Whether it meets the plan's objectives.
  public var meets: Bool
}

/// How the service recovers from the loss of a region.
public struct RecoveryOutcome: Sendable {
  /// The least prepared first; empty where the plan says nothing about recovery.
  public var postures: [PricedPosture]
  public var drills: [Drill]
  /// Regions whose evacuation was never rehearsed.
  public var undrilled: [String]
  /// What the plan has chosen.
  public var chosen: RecoveryPosture?
  public var rto: Double?
  public var rpo: Double?

  /// The cheapest that meets the objectives, and of equals the one that recovers first.
  public var cheapest: PricedPosture? {
    postures.filter(\.meets).min {
      $0.costPerMonth == $1.costPerMonth ? $0.time.seconds < $1.time.seconds : $0.costPerMonth < $1.costPerMonth
    }
  }
}

extension Plan {
  public var recovery: RecoverySpec { self[RecoverySlice.self] }
}
extension PlanOutcome {
  public var recovery: RecoveryOutcome { self[RecoverySlice.self] }
}
