import Glibc
import Quantities

/// Recorded metrics in, one controller's decisions out: "what would this autoscaler have done last Tuesday?"
///
/// Rows come in order of time; each holds one value for each of ``columns``. The controller looks at its own pace from
/// the first row on and sees, as a metrics server would show it, the latest row that is not too old. Memory is what the
/// controller remembers and the changes; rows are not kept.
public struct RecordedReplay: Sendable {
  /// What a column holds.
  public struct Column: Hashable, Sendable {
    public enum Role: Hashable, Sendable {
      /// A metric of the controller, by its position.
      case metric(Int)
      /// Replicas that there really were.
      case replicas
      /// Pods that were ready.
      case ready
    }
    public var name: String
    public var role: Role
    /// What a value means, for messages: "percent of the request, mean of the pods".
    public var meaning: String
    public var isRequired: Bool
    public init(_ name: String, _ role: Role, meaning: String, isRequired: Bool) {
      self.name = name
      self.role = role
      self.meaning = meaning
      self.isRequired = isRequired
    }
  }

  /// Whose replicas the controller sees, and what that means for the metrics of single pods.
  public enum Mode: String, Hashable, Sendable, CaseIterable {
    /// Its own, and the load of all pods together is as recorded: half the pods have twice the load each.
    case load
    /// Its own, and each pod reports what was recorded.
    case recorded
    /// Those that there really were: what it would have decided at each moment, without consequences.
    case shadow
  }

  /// One look of the controller.
  public struct Look: Hashable, Sendable {
    public var time: Timestamp
    public var before: Int
    public var after: Int
    /// Replicas that there really were; NaN where that is not recorded.
    public var recorded: Double
    public var because: Reason
  }

  /// What all looks came to.
  public struct Summary: Hashable, Sendable {
    public var looks = 0
    public var changes = 0
    /// Changes of direction within ten minutes: out and in again, or in and out.
    public var flaps = 0
    public var lowest = Int.max
    public var highest = 0
    public var replicaSeconds = 0.0
    /// The seconds for which the looks held, each for a period.
    public var seconds = 0.0
    public var recordedReplicaSeconds = 0.0
    /// Looks at which a metric was missing and held the controller.
    public var blindLooks = 0
    public var start: Timestamp?
    public var end: Timestamp?
  }

  public let columns: [Column]
  public let mode: Mode
  public private(set) var summary = Summary()
  /// The looks that changed the replicas, in order of time.
  public private(set) var changes: [Look] = []
  /// The most recent look, so that a caller can write all of them.
  public var onLook: (@Sendable (Look) -> Void)?

  var controller: RecordedController
  private let period: Int64
  /// A row older than this is not seen any more.
  private let stale: Int64
  private var latest: [Double]
  private var latestTime = Int64.min
  private var next = Int64.min
  private var replicas: Int
  private var isInitial = true
  private var lastChange: (time: Int64, isUp: Bool)?
  private let replicasColumn: Int?
  private let readyColumn: Int?

  /// - Parameters:
  ///   - initial: replicas before the first look; nil for the first recorded ones, else for the minimum.
  ///   - stale: how long a row counts. Prometheus looks back five minutes.
  init(
    _ controller: RecordedController, period: Duration, columns: [Column], mode: Mode, initial: Int?,
    minimum: Int, stale: Duration
  ) {
    self.controller = controller
    self.columns = columns
    self.mode = mode
    self.period = max(1_000_000, period.nanoseconds)
    self.stale = max(self.period, stale.nanoseconds)
    latest = Array(repeating: .nan, count: columns.count)
    replicasColumn = columns.firstIndex { $0.role == .replicas }
    readyColumn = columns.firstIndex { $0.role == .ready }
    replicas = initial ?? minimum
    isInitial = initial == nil
  }

  /// Takes rows in order of time; times are nanoseconds since 1970, and there are as many columns of values as
  /// ``columns``, NaN where a value is missing.
  /// - Returns: the position of the first row that goes back in time, or nil where none does. Rows behind it are not
  ///   taken.
  public mutating func feed(times: [Int64], values: [[Double]]) -> Int? {
    precondition(values.count == columns.count, "there is one list of values for each column")
    for row in times.indices {
      let time = times[row]
      if time < latestTime { return row }
      if latestTime == .min { begin(at: time) } else { look(before: time) }
      latestTime = time
      for column in values.indices { latest[column] = values[column][row] }
      if isInitial, let i = replicasColumn, latest[i] >= 0 {
        replicas = clampedInt32(latest[i])
        isInitial = false
      }
    }
    return nil
  }

  /// The looks at and after the last row.
  public mutating func finish() {
    guard latestTime > .min else { return }
    look(before: latestTime &+ 1)
    summary.end = Timestamp(nanosecondsSinceEpoch: latestTime)
  }

  private mutating func begin(at time: Int64) {
    next = time
    summary.start = Timestamp(nanosecondsSinceEpoch: time)
  }

  private mutating func look(before time: Int64) {
    while next < time {
      let isStale = next &- latestTime > stale
      // A gap of a year in the record is not walked through look by look where nothing can be seen.
      if isStale, time &- next > 1000 &* stale { next = time &- (time &- next) % period &- 10 &* period }
      one(isStale: isStale)
      next &+= period
    }
  }

  @inline(__always)
  private mutating func one(isStale: Bool) {
    var recorded = Double.nan
    if !isStale, let i = replicasColumn { recorded = latest[i] }
    if mode == .shadow, recorded >= 0 { replicas = clampedInt32(recorded) }
    let before = replicas
    let ready = isStale ? .nan : readyColumn.map { latest[$0] } ?? .nan
    // Under the recorded load each of fewer pods carries more.
    let share = mode == .load && recorded >= 0 && before > 0 ? recorded / Double(before) : 1
    let now = Timestamp(nanosecondsSinceEpoch: next)
    let decision = controller.look(
      at: now, replicas: before, ready: ready, share: share, values: latest, isStale: isStale)
    replicas = decision.desired
    let look = Look(time: now, before: before, after: replicas, recorded: recorded, because: decision.because)
    count(look, isBlind: decision.isBlind)
    onLook?(look)
  }

  @inline(__always)
  private mutating func count(_ look: Look, isBlind: Bool) {
    summary.looks += 1
    if isBlind { summary.blindLooks += 1 }
    summary.lowest = min(summary.lowest, look.after)
    summary.highest = max(summary.highest, look.after)
    let seconds = Double(period) / 1e9
    summary.seconds += seconds
    summary.replicaSeconds += Double(look.after) * seconds
    if look.recorded >= 0 { summary.recordedReplicaSeconds += look.recorded * seconds }
    guard look.after != look.before else { return }
    summary.changes += 1
    changes.append(look)
    let isUp = look.after > look.before
    if let last = lastChange, last.isUp != isUp, next &- last.time <= 600_000_000_000 { summary.flaps += 1 }
    lastChange = (next, isUp)
  }
}
