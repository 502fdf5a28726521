import Catalogs
import Glibc
import Quantities

/// How many machines run at each step, made of how many replicas are wanted.
public struct MachineTimeline: Hashable, Sendable {
  /// Whole machines at each step; never a gap, never negative.
  public let machines: [Int]
  public let step: Duration
  /// Replica-hours asked for (what a bill by the replica would be made of).
  public let replicaHours: Count
  /// Steps without a known replica count; the count before them was held.
  public let gapCount: Int

  /// The machines that hold a timeline of replicas.
  ///
  /// - Parameters:
  ///   - replicas: Wanted replicas at each step. A gap, or a value that is no finite number, keeps the count
  ///     before it (a fleet does not vanish because a sample is missing); negative counts are taken as none.
  ///   - replicasPerMachine: How many replicas one machine holds; machines are rounded up at each step.
  /// - Precondition: `replicasPerMachine` is positive.
  public init(replicas: TimeSeries<Count>, replicasPerMachine: Int = 1) {
    precondition(replicasPerMachine > 0, "a machine holds at least one replica")
    var machines: [Int] = []
    machines.reserveCapacity(replicas.count)
    let first = replicas.rawValues.first { $0.isFinite } ?? 0
    var held = max(0, first)
    var gaps = 0
    var wanted = 0.0
    for raw in replicas.rawValues {
      if raw.isFinite { held = max(0, raw) } else { gaps += 1 }
      wanted += held
      let whole = Statistics.ceilingOfRatio(held, Double(replicasPerMachine))
      machines.append(Int(min(whole, 1e15)))
    }
    self.machines = machines
    step = replicas.step
    replicaHours = Count(rawValue: wanted * replicas.step.hours)
    gapCount = gaps
  }

  /// - Precondition: `step` is positive and no count is negative.
  public init(machines: [Int], step: Duration) {
    precondition(step > .zero, "a timeline needs a positive step")
    precondition(machines.allSatisfy { $0 >= 0 }, "a machine count cannot be negative")
    self.machines = machines
    self.step = step
    replicaHours = Count(rawValue: machines.reduce(0.0) { $0 + Double($1) } * step.hours)
    gapCount = 0
  }

  public var span: Duration { .nanoseconds(step.nanoseconds &* Int64(machines.count)) }
  public var peak: Int { machines.max() ?? 0 }
  public var machineHours: Count { Count(rawValue: machines.reduce(0.0) { $0 + Double($1) } * step.hours) }

  /// The timeline of a fleet that is resized once an hour, to that hour's highest need. A timeline whose step is
  /// an hour or more, or does not divide an hour, is left as it is.
  public var followingByHour: MachineTimeline {
    let hour = Duration.hours(1).nanoseconds
    guard step.nanoseconds < hour, hour % step.nanoseconds == 0 else { return self }
    let width = Int(hour / step.nanoseconds)
    var held = machines
    for from in stride(from: 0, to: held.count, by: width) {
      let to = min(from + width, held.count)
      let highest = held[from..<to].max() ?? 0
      for i in from..<to { held[i] = highest }
    }
    return MachineTimeline(machines: held, step: step)
  }

  /// The timeline of a fleet that is never resized: the peak, all the time.
  public var flat: MachineTimeline {
    MachineTimeline(machines: Array(repeating: peak, count: machines.count), step: step)
  }
}
