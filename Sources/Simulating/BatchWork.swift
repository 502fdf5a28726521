import Quantities

/// Work without a deadline that fills what the service leaves idle on its ready replicas, and gives way to it.
public struct BatchWork: Sendable, Hashable {
  /// Replica-hours of work that arrive in an hour, evenly.
  public var arriving: Double
  /// Replica-hours that wait at the start.
  public var backlog: Double
  /// How full batch work may make the fleet: what lies above is left free for the service's next rise.
  public var ceiling: Utilization
  /// How long batch work holds what it has after the service wants it back: a checkpoint, or the end of a step.
  public var giveWay: Duration

  public init(
    arriving: Double = 0, backlog: Double = 0, ceiling: Utilization = .percent(90), giveWay: Duration = .seconds(5)
  ) {
    self.arriving = arriving.isFinite ? max(0, arriving) : 0
    self.backlog = backlog.isFinite ? max(0, backlog) : 0
    self.ceiling = ceiling
    self.giveWay = max(giveWay, .zero)
  }
}

/// The batch work of a run, counted in requests that its replicas could have served.
struct BatchRun {
  private let arriving: Double
  private let ceiling: Double
  private let giveWay: Double
  private let tick: Double
  private(set) var waiting: Double
  private(set) var done = 0.0
  /// What it held in the last tick, per second.
  private var held = 0.0

  init?(_ work: BatchWork?, replicaCapacity: Double, tick: Double) {
    guard let work, replicaCapacity > 0 else { return nil }
    arriving = work.arriving * replicaCapacity
    waiting = work.backlog * 3600 * replicaCapacity
    ceiling = min(1, max(0, work.ceiling.rawValue))
    giveWay = min(1, work.giveWay.seconds / tick)
    self.tick = tick
  }

  /// Takes its part of a tick; gives what is left of the capacity for the service.
  mutating func take(demand: Double, capacity: Double, isQueueing: Bool) -> Double {
    waiting += arriving * tick
    // What it holds and should not goes back late: the service misses it for that part of the tick.
    let late = max(0, min(held, capacity) - max(0, capacity - demand)) * giveWay
    let idle = isQueueing ? 0 : max(0, capacity * ceiling - demand)
    held = min(idle, waiting / tick)
    let work = min(waiting, (held + late) * tick)
    waiting -= work
    done += work
    return max(0, capacity - late)
  }
}
