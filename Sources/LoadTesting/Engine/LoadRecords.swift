import Quantities

/// What the engine counts while it runs.
struct LoadRecords: ~Copyable {
  var offered = 0
  var excluded = 0
  var sent = 0
  var retried = 0
  var connectionsOpened = 0
  var bytesReceived = 0
  var completed = 0
  var ok = 0
  var errors = LoadErrors()
  var late = 0
  var maxWait: Int64 = 0
  var waited: Int64 = 0
  var firstCompletion: Int64 = 0
  var lastCompletion: Int64 = 0
  var interruptedAt: Int64?
  /// When the number of requests was reached.
  var enoughAt: Int64?
  /// What was wrong with the service's certificate, last.
  var securityProblem: String?
  var languageProblem: String?
  /// Why a proxy opened no tunnel, last.
  var tunnelProblem: String?
  /// Errors by `grpc-status`.
  var grpcStatuses: [Int: Int] = [:]
  var messages = 0
  var closedLoopEnd: Int64 = .max
  var latency = LatencyRecorder()
  /// How far the generator was behind with a connection free; it counts from 1 ns.
  var lags = LatencyRecorder()
  var service = LatencyRecorder()

  var firstTokens = LatencyRecorder()
  var gaps = LatencyRecorder()
  var tokenTimes = LatencyRecorder()
  /// Gaps between pieces of content, whatever they hold.
  var pieceGaps = LatencyRecorder()
  var tokens = 0
  var inputTokens = 0
  var cachedTokens = 0
  var pieces = 0
  var reasoningPieces = 0
  var streams = 0
  var countedStreams = 0
  var countedInputs = 0
  /// Streams whose pieces hold several tokens.
  var bundledStreams = 0
  /// Streams by format.
  var formats = [Int](repeating: 0, count: StreamFormat.allCases.count)
  /// Requests that were never sent as this machine ran out of something.
  var unsent = [Int](repeating: 0, count: OwnLimit.allCases.count)
  /// Responses whose head was longer than is read.
  var longHeads = 0

  /// The measured time in equal slices: requests of each that were answered well in time. By when they were scheduled.
  static let slices = 20
  /// All bounds together first, then each by itself.
  let goods: UnsafeMutablePointer<Int>
  let boundCount: Int
  let dues: UnsafeMutablePointer<Int>
  /// Requests that ended before the measured time, and in each slice of it.
  let ends: UnsafeMutablePointer<Int>
  /// The same, where the generator's own lag is not counted.
  let goodsWithoutLag: UnsafeMutablePointer<Int>
  var measureFrom: Int64 = 0
  var sliceLength: Int64 = .max

  /// Latencies by status, each with its recorder from the first one on, and by the requests' class.
  static let mostStatuses = 16
  private let byStatus: UnsafeMutablePointer<LatencyRecorder>
  private let statusPlaces: UnsafeMutablePointer<Int16>
  private var statusCount = 0
  private let byClass: UnsafeMutablePointer<LatencyRecorder>
  private let goodByClass: UnsafeMutablePointer<Int>
  private let endedByClass: UnsafeMutablePointer<Int>
  private let classCount: Int

  /// Whole responses by status, 0 to 999.
  let statuses: UnsafeMutablePointer<Int>

  /// The second that is running, and where it ends.
  var second = LoadSecond(second: 0)
  var secondEnd: Int64 = .max
  private var secondLatency = LatencyRecorder()
  private var start: Int64 = 0
  private(set) var timeline: [LoadSecond] = []
  /// The schedule again, to count what each second asked for.
  private var due: ArrivalSchedule.Iterator?
  private var pending: Int64?

  init(classes: Int, bounds: Int = 0) {
    boundCount = bounds
    classCount = max(1, classes)
    byStatus = .allocate(capacity: Self.mostStatuses)
    statusPlaces = .allocate(capacity: 1000)
    statusPlaces.initialize(repeating: -1, count: 1000)
    byClass = .allocate(capacity: classCount)
    goodByClass = .allocate(capacity: classCount)
    goodByClass.initialize(repeating: 0, count: classCount)
    endedByClass = .allocate(capacity: classCount)
    endedByClass.initialize(repeating: 0, count: classCount)
    for i in 0..<classCount { (byClass + i).initialize(to: LatencyRecorder()) }
    statuses = .allocate(capacity: 1000)
    statuses.initialize(repeating: 0, count: 1000)
    goods = .allocate(capacity: Self.slices * (bounds + 1))
    goods.initialize(repeating: 0, count: Self.slices * (bounds + 1))
    dues = .allocate(capacity: Self.slices)
    dues.initialize(repeating: 0, count: Self.slices)
    ends = .allocate(capacity: Self.slices + 2)
    ends.initialize(repeating: 0, count: Self.slices + 2)
    goodsWithoutLag = .allocate(capacity: Self.slices * (bounds + 1))
    goodsWithoutLag.initialize(repeating: 0, count: Self.slices * (bounds + 1))
  }
  deinit {
    byStatus.deinitialize(count: statusCount)
    byStatus.deallocate()
    statusPlaces.deallocate()
    byClass.deinitialize(count: classCount)
    byClass.deallocate()
    goodByClass.deallocate()
    endedByClass.deallocate()
    statuses.deallocate()
    goods.deallocate()
    dues.deallocate()
    ends.deallocate()
    goodsWithoutLag.deallocate()
  }

  mutating func begin(start: Int64, schedule: ArrivalSchedule?) {
    self.start = start
    secondEnd = start &+ 1_000_000_000
    due = schedule?.makeIterator()
    pending = due?.next()
  }

  @inline(__always) private func slice(of time: Int64) -> Int {
    min(Self.slices &- 1, max(0, Int((time &- measureFrom) / sliceLength)))
  }
  /// An arrival that was scheduled for a time of the measured window.
  @inline(__always) mutating func noteDue(_ time: Int64) {
    if boundCount > 0 { dues[slice(of: time)] &+= 1 }
  }

  /// The end of a request, however it came.
  @inline(__always) mutating func noteEnd(_ now: Int64) {
    let place = now < measureFrom ? 0 : min(Self.slices &+ 1, 1 &+ Int((now &- measureFrom) / sliceLength))
    ends[place] &+= 1
  }

  /// A good answer that kept these of the bounds, a bit each.
  mutating func noteKept(_ with: UInt32, _ without: UInt32, scheduled: Int64) {
    let slice = slice(of: scheduled)
    let all = UInt32(1) << UInt32(boundCount) &- 1
    if with == all { goods[slice] &+= 1 }
    if without == all { goodsWithoutLag[slice] &+= 1 }
    for i in 0..<boundCount {
      let place = (i &+ 1) &* Self.slices &+ slice
      if with >> UInt32(i) & 1 == 1 { goods[place] &+= 1 }
      if without >> UInt32(i) & 1 == 1 { goodsWithoutLag[place] &+= 1 }
    }
  }
  func slices(_ counts: UnsafeMutablePointer<Int>, _ bound: Int) -> [Int] {
    (0..<Self.slices).map { counts[bound * Self.slices + $0] }
  }

  @inline(__always) mutating func noteLag(_ lag: Int64, wait: Int64) {
    lags.record(lag)
    if lag > 1_000_000 { late &+= 1 }
    if wait > maxWait { maxWait = wait }
  }

  @inline(__always) mutating func noteSent(_ isMeasured: Bool) {
    second.sent &+= 1
    if isMeasured { sent &+= 1 }
  }
  mutating func noteSent(measured: Int, other: Int) {
    second.sent &+= measured &+ other
    sent &+= measured
  }
  mutating func takeBackSent(_ isMeasured: Bool) {
    second.sent &-= 1
    if isMeasured { sent &-= 1 }
  }

  @inline(__always) mutating func note(
    _ ending: Ending, scheduled: Int64, sent: Int64, _ now: Int64, class: UInt16, isMeasured: Bool
  ) {
    let elapsed = now &- scheduled
    if isMeasured, classCount > 1 { endedByClass[Int(`class`)] &+= 1 }
    switch ending {
    case .answered, .judged:
      let (status, isGood) = ending.answer
      second.completed &+= 1
      secondLatency.record(elapsed)
      if !isGood { second.errors &+= 1 }
      guard isMeasured else { return }
      completed &+= 1
      if firstCompletion == 0 { firstCompletion = now }
      lastCompletion = now
      latency.record(elapsed)
      service.record(now &- sent)
      statuses[min(999, max(0, status))] &+= 1
      recordStatus(min(999, max(0, status)), elapsed)
      if classCount > 1 {
        byClass[Int(`class`)].record(elapsed)
        if isGood { goodByClass[Int(`class`)] &+= 1 }
      }
      if isGood {
        ok &+= 1
      } else if status < 400 {
        errors.checks &+= 1
      } else if status < 500 {
        errors.clientErrors &+= 1
      } else {
        errors.serverErrors &+= 1
      }
    case .grpc(let status):
      second.completed &+= 1
      second.errors &+= 1
      secondLatency.record(elapsed)
      guard isMeasured else { return }
      completed &+= 1
      if firstCompletion == 0 { firstCompletion = now }
      lastCompletion = now
      latency.record(elapsed)
      service.record(now &- sent)
      errors.grpc &+= 1
      grpcStatuses[status, default: 0] &+= 1
      statuses[200] &+= 1
      if classCount > 1 { byClass[Int(`class`)].record(elapsed) }
    case .failedStream(let failure):
      // In no percentile: how fast something failed says nothing about how fast the service answers.
      second.completed &+= 1
      second.errors &+= 1
      guard isMeasured else { return }
      completed &+= 1
      if firstCompletion == 0 { firstCompletion = now }
      lastCompletion = now
      statuses[200] &+= 1
      errors.note(failure)
    case .unsent(let own):
      second.errors &+= 1
      if isMeasured { unsent[Int(own.rawValue)] &+= 1 }
    default:
      second.errors &+= 1
      if case .timeout = ending {
        secondLatency.record(elapsed)
        if isMeasured {
          latency.record(elapsed)
          service.record(now &- sent)
        }
      }
      guard isMeasured else { return }
      switch ending {
      case .timeout: errors.timeout &+= 1
      case .connect: errors.connect &+= 1
      case .reset: errors.reset &+= 1
      case .malformed: errors.malformed &+= 1
      case .incomplete: errors.incomplete &+= 1
      case .answered, .judged, .grpc, .failedStream, .unsent: break
      }
    }
  }

  @inline(__always) private mutating func recordStatus(_ status: Int, _ elapsed: Int64) {
    if statusPlaces[status] < 0 {
      // Most tests see two or three; those beyond the last place are counted without their latencies.
      guard statusCount < Self.mostStatuses else { return }
      (byStatus + statusCount).initialize(to: LatencyRecorder())
      statusPlaces[status] = Int16(statusCount)
      statusCount &+= 1
    }
    byStatus[Int(statusPlaces[status])].record(elapsed)
  }
  func statusLatencies() -> [Int: LatencySpectrum] {
    var result: [Int: LatencySpectrum] = [:]
    for status in 0..<1000 where statusPlaces[status] >= 0 {
      result[status] = byStatus[Int(statusPlaces[status])].spectrum()
    }
    return result
  }
  func classLatency(_ index: Int) -> (good: Int, ended: Int, latency: LatencySpectrum) {
    (goodByClass[index], endedByClass[index], byClass[index].spectrum())
  }

  /// Closes the seconds that have passed.
  mutating func turnSeconds(_ now: Int64, underWay: Int, _ onSecond: (LoadSecond) -> Void) {
    while now >= secondEnd {
      closeSecond(underWay: underWay, onSecond)
      secondEnd &+= 1_000_000_000
    }
  }

  mutating func closeSecond(underWay: Int, _ onSecond: (LoadSecond) -> Void) {
    if due != nil {
      let end = secondEnd &- start
      while let time = pending, time < end {
        second.offered += 1
        pending = due?.next()
      }
    } else {
      second.offered = second.sent
    }
    second.inFlight = underWay
    second.p50 = secondLatency.quantile(0.5).map { Double($0) / 1e9 }
    second.p99 = secondLatency.quantile(0.99).map { Double($0) / 1e9 }
    second.maximum = secondLatency.count > 0 ? Double(secondLatency.most) / 1e9 : nil
    second.latencies = secondLatency.coarse()
    timeline.append(second)
    onSecond(second)
    second = LoadSecond(second: second.second + 1)
    secondLatency.reset()
  }
}
