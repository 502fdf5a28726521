import Catalogs
import Documents
import Quantities
import Scaling
import Serving
import Simulating
import Traffic

/// The policy in its world: what it makes of a likely future, of the recent history, and beside other policies.
enum SimulationSlice: PlanSlice {
  typealias Spec = SimulationSpec
  typealias Settings = SimulationSettings
  typealias Answer = SimulationAnswer

  static func fields(_ format: PlanFormat) -> [Field] {
    [Field("simulation", "the world that the autoscaler is simulated in", .object(simulation))]
  }

  static let simulation = ObjectSchema(
    title: "simulation",
    summary: "The world that the autoscaler is simulated in. What is left out does not happen.",
    fields: [
      Field(
        "metrics", "what measurements go through before the policy sees them",
        .object(
          ObjectSchema(
            title: "metrics", summary: "Taken at an interval, averaged over a window; old ones vanish.",
            fields: [
              Field("scrape", "how often they are taken", UnitSchema.span, example: "15s", default: "15s"),
              Field("window", "each is the mean of so much time", UnitSchema.span, example: "30s", default: "30s"),
              Field(
                "staleness", "how long the last one is shown when no new ones come", UnitSchema.span, example: "5m",
                default: "5m"),
            ]))),
      Field(
        "nodes", "nodes with an autoscaler of their own; they take the place of startup's node stage",
        .object(
          ObjectSchema(
            title: "nodes", summary: "Defaults are the Kubernetes Cluster Autoscaler's. GPU nodes are slower to come.",
            fields: [
              Field(
                "per node", "replicas that fit a node", .integer, example: "1",
                deprecated: "say it under machines: { type: g5.xlarge, replicas: 2 }"),
              Field("initial", "nodes at the start; as many as are needed where absent", .integer, example: "40"),
              Field("minimum", "never fewer nodes", .integer, example: "0", default: "0"),
              Field("quota", "never more nodes; the machines' quota where absent", .integer, example: "200"),
              Field(
                "provisioning", "from the order until a replica can be placed; startup's node stage where absent",
                StageSchema.stage, default: "90s"),
              Field("scan", "how often the autoscaler looks", UnitSchema.span, example: "10s", default: "10s"),
              Field("unneeded", "how long a node must be idle to go", UnitSchema.span, example: "20m", default: "10m"),
              Field(
                "delay after add", "no node goes for so long after one came", UnitSchema.span, example: "10m",
                default: "10m"),
            ]))),
      Field("drain", "how long a replica that is told to stop keeps its machine", UnitSchema.span, default: "0s"),
      Field("warm nodes", "spare nodes kept ready: a start skips its node stage", .integer, example: "2", default: "0"),
      Field(
        "incidents", "what goes wrong, and what is rolled out",
        .object(
          ObjectSchema(
            title: "incidents", summary: "By chance, drawn from --seed, and at known times.",
            fields: [
              Field("crashes", "how often one replica crashes", UnitSchema.rate, example: "0.001/h"),
              Field(
                "preemptions", "how often one replica's spot machine is taken back", UnitSchema.rate, example: "0.02/h"),
              Field(
                "notice", "from the notice until a spot machine is gone", UnitSchema.span, example: "30s",
                default: "120s"),
              Field(
                "planned", "at known times",
                .list(
                  .object(
                    ObjectSchema(
                      title: "incident", summary: "Exactly one of crash, preempt, metrics missing and rollout.",
                      fields: [
                        Field(
                          "at", "by the users' clock, or after a span from the plan's moment",
                          .quantity("time", examples: ["2026-11-27T18:00", "36h"]), required: true),
                        Field("crash", "this share of the ready replicas crashes", UnitSchema.share, example: "30%"),
                        Field(
                          "preempt", "the spot machines of this share are taken back", UnitSchema.share, example: "50%"),
                        Field("metrics missing", "no measurements for so long", UnitSchema.span, example: "10m"),
                        Field(
                          "rollout", "a new version takes the place of the one that runs, as a Deployment does it",
                          .object(
                            ObjectSchema(
                              title: "rollout", summary: "How many replicas may be too many, and too few, meanwhile.",
                              fields: [
                                Field(
                                  "surge", "replicas beyond those asked for (maxSurge): a share or a number",
                                  .quantity("part of the replicas", examples: ["25%", "3"]), default: "25%"),
                                Field(
                                  "unavailable", "replicas that may be missing (maxUnavailable): a share or a number",
                                  .quantity("part of the replicas", examples: ["25%", "0"]), default: "25%"),
                                Field(
                                  "settling", "how long a replica is ready before it counts (minReadySeconds)",
                                  UnitSchema.span, example: "30s", default: "0s"),
                              ]))),
                      ])))),
            ]))),
      Field(
        "batch", "work without a deadline that fills what is idle and gives way",
        .object(
          ObjectSchema(
            title: "batch", summary: "In replica-hours.",
            fields: [
              Field("arriving", "replica-hours that come in an hour", .number, example: "4", default: "0"),
              Field("backlog", "replica-hours that wait at the start", .number, example: "200", default: "0"),
              Field(
                "ceiling", "how full batch work may make the fleet", UnitSchema.share, example: "90%", default: "90%"),
              Field(
                "give way", "how long it holds what the service wants back", UnitSchema.span, example: "30s",
                default: "5s"),
            ]))),
    ])

  // MARK: Resolving

  static func resolve(_ resolver: inout PlanResolver) -> SimulationSettings? {
    let spec = resolver.spec.simulation
    var settings = SimulationSettings(spec: spec, nodes: nil)
    guard resolver.plan.has(FleetSlice.self), resolver.plan.has(ServiceSlice.self) else { return settings }
    let supply = resolver.plan.fleet.supply
    if let nodes = spec.nodes { settings.nodes = resolve(nodes, supply, &resolver) }
    if let nodes = settings.nodes {
      // Nodes with an autoscaler of their own take the place of the start's node stage.
      resolver.plan.service.startup.node = nodes.provisioning
    }
    if spec.preemptionsPerHour > 0, !supply.hasSpot {
      resolver.warn(
        "'preemptions' take spot machines back, and no machine is on spot: every replica is taken to be, at the price on demand",
        "simulation.incidents.preemptions", help: "add spot: 100% to the machine, or take the preemptions out")
    }
    return settings
  }

  private static func resolve(_ nodes: NodeSpec, _ supply: Fleet, _ resolver: inout PlanResolver) -> NodePoolSpec {
    let path = "simulation.nodes"
    if supply.replicasPerMachine == nil {
      resolver.fail(
        "nodes with an autoscaler hold equally many replicas, and the machines hold differently many", path,
        help: "give the machines the same number of replicas, or take 'nodes' out")
    }
    let start = resolver.plan.service.startup.node
    if let provisioning = nodes.provisioning, start != .fixed(.zero), start != provisioning {
      resolver.fail(
        "both startup's 'node' and the nodes' 'provisioning' say how long a machine takes to come",
        "\(path).provisioning", help: "keep one of them")
    }
    let quota = supply.quota
    if let said = nodes.quota, let quota, said != quota {
      resolver.fail(
        "'quota' says \(said) nodes, and the machines' quotas \(quota)", "\(path).quota",
        help: "say it once, under machines")
    }
    let usual = NodePoolSpec()
    let maximum = nodes.quota ?? quota ?? 1_000_000
    return NodePoolSpec(
      replicasPerNode: supply.replicasPerMachine ?? 1, initial: nodes.initial, minimum: min(nodes.minimum, maximum),
      maximum: maximum, scanInterval: nodes.scanInterval,
      provisioning: nodes.provisioning ?? (start == .fixed(.zero) ? usual.provisioning : start),
      unneededTime: nodes.unneededTime, delayAfterAdd: nodes.delayAfterAdd)
  }
}

/// The world, with what it takes from the fleet.
public struct SimulationSettings: Sendable {
  public var spec: SimulationSpec
  /// Nodes with an autoscaler of their own; packing and quota are the fleet's.
  public var nodes: NodePoolSpec?
}

/// What the simulations came to.
public struct SimulationAnswer: Sendable {
  /// Each policy over the same demand, the plan's own first; then the plan's own over recent history. Empty where the
  /// plan states its traffic.
  public var policies: [PolicySimulation]
  /// The plan's own policy where a replica carries the low end of its capacity; nil where that is certain.
  public var low: PolicySimulation?
}

/// One policy over one demand.
public struct PolicySimulation: Sendable {
  public var policy: String
  public var title: String
  /// What was simulated: `"the forecast's median over the horizon"`.
  public var over: String
  public var outcome: Outcome
  public var cost: Money
  public var costPerMonth: Money
}

extension PlanSpec {
  public var simulation: SimulationSpec { self[SimulationSlice.self] }
}

extension Plan {
  public var simulation: SimulationSettings {
    get { self[SimulationSlice.self] }
    set { self[SimulationSlice.self] = newValue }
  }
}

extension PlanOutcome {
  /// Each policy over the same demand, the plan's own first.
  public var simulations: [PolicySimulation] {
    get { self[SimulationSlice.self].policies }
    set { self[SimulationSlice.self].policies = newValue }
  }
  /// The plan's own policy where a replica carries the low end of its capacity; nil where that is certain.
  public var lowSimulation: PolicySimulation? { self[SimulationSlice.self].low }
}
