import Quantities
import Simulating

/// What a plan tells of the world that its autoscaler is simulated in: `simulation:` in the plan file. All of it is
/// optional; what is left out does not happen.
public struct SimulationSpec: Sendable {
  /// How often measurements are taken; nil for every 15 s.
  public var scrapeInterval: Duration?
  /// Over how much time each is averaged; nil for 30 s.
  public var window: Duration?
  /// How long the last one is shown when no new ones come; nil for 5 minutes.
  public var staleness: Duration?
  public var nodes: NodeSpec?
  /// What the nodes say of their packing, which is the machines' to say.
  var replicasPerNode: Int?
  public var drain: Duration = .zero
  public var warmNodes = 0
  public var crashesPerHour = 0.0
  public var preemptionsPerHour = 0.0
  public var notice: Duration = .seconds(120)
  public var planned: [PlannedIncident] = []
  public var batch: BatchWork?

  /// Something that goes wrong at a known time.
  public struct PlannedIncident: Sendable {
    public enum Time: Sendable, Hashable {
      /// Since the plan's moment.
      case after(Duration)
      /// By the users' clock, or by the zone that is written.
      case at(Timestamp, isLocal: Bool)
    }
    public var time: Time
    public var kind: Incident.Kind
  }

  /// Whether incidents, by chance or by plan, are asked for.
  public var hasIncidents: Bool { crashesPerHour > 0 || preemptionsPerHour > 0 || !planned.isEmpty }
}

/// Nodes with an autoscaler of their own, as written.
public struct NodeSpec: Sendable {
  /// Nodes at the start; nil for as many as the first replicas need.
  public var initial: Int?
  public var minimum: Int
  /// Nil where the machines' own quota holds.
  public var quota: Int?
  public var scanInterval: Duration
  /// Nil where the start's node stage says it.
  public var provisioning: StartupTime?
  public var unneededTime: Duration
  public var delayAfterAdd: Duration
}

extension SimulationSpec {
  /// The measurements' way to the policy.
  func metrics(delay: Duration) -> MetricPipeline {
    let usual = MetricPipeline()
    return MetricPipeline(
      scrapeInterval: scrapeInterval ?? usual.scrapeInterval, delay: delay, window: window ?? usual.window,
      staleness: staleness ?? usual.staleness)
  }

  /// The incidents of a run.
  ///
  /// - Parameters:
  ///   - start: where the run starts; nil where it has no place in the calendar, so that planned ones have none either.
  ///   - now: the plan's moment.
  func incidents(from start: Timestamp?, length: Duration, now: Timestamp, zone: TimeZoneRules) -> Incidents {
    var happening: [Incident] = []
    if let start {
      for incident in planned {
        let time: Timestamp =
          switch incident.time {
          case .after(let span): now + span
          case .at(let time, isLocal: false): time
          case .at(let time, isLocal: true):
            // Read as if in UTC: the same reading of the users' clock.
            zone.time(
              of: TimeZoneRules.utc.local(time).date, secondOfDay: TimeZoneRules.utc.local(time).secondOfDay)
          }
        if time >= start, time < start + length { happening.append(Incident(at: time - start, incident.kind)) }
      }
    }
    return Incidents(
      crashesPerHour: crashesPerHour, preemptionsPerHour: preemptionsPerHour, notice: notice, planned: happening)
  }
}
