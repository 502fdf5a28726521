import Quantities
import Scaling

/// Times in which nothing happens but requests: no queue, no replica on the move, and readings at which the policy
/// keeps what there is. A tick then costs a division, a few sums and a comparison. The same arithmetic in the same
/// order as tick by tick, so that totals are equal to the last bit.
extension FluidRun {
  /// Passes the ticks from one on as long as nothing happens; gives how many it passed.
  ///
  /// - Parameter began: nanoseconds from the start of the run to the first of the ticks.
  @inline(never)
  mutating func standStill(
    from first: Int, to end: Int, _ began: Int64, _ rates: UnsafeBufferPointer<Double>, _ tables: inout ServiceTables
  ) -> Int {
    guard !isStale, queue.waiting == 0, readyCapacity > 0 else { return 0 }
    let desired = ready &+ starting
    guard desired >= minimum, desired <= maximum else { return 0 }
    // Two ticks before the fleet's next event the common path takes over.
    let eventTick = fleet.nextEvent / dt - 2
    let last = eventTick < Double(end) ? Int(max(0, eventTick)) : end
    guard last > first else { return 0 }
    let counts = ReplicaCount(desired: desired, ready: ready, starting: starting, draining: total &- desired)
    let origin = start.nanosecondsSinceEpoch
    guard
      let band = policy.stillness(at: Timestamp(nanosecondsSinceEpoch: origin &+ began), counts),
      band.lowest <= band.highest
    else { return 0 }

    var still = Still(self, began: began, until: band.until &- origin)
    let ring = needsUtilization && !isInstant
    let passed =
      ring
      ? feed.ring.withUnsafeMutableBufferPointer {
        still.pass(first, last, band, rates, $0, &tables)
      }
      : still.pass(first, last, band, rates, UnsafeMutableBufferPointer(start: nil, count: 0), &tables)
    guard passed > 0 else { return 0 }

    tally.served = still.served
    tally.startingSeconds = still.startingSeconds
    tally.peakUtilization = still.peakUtilization
    tally.within = still.within
    tally.replicaTicks &+= total &* passed
    tally.paidTicks &+= paid &* passed
    nextLook = still.nextLook
    if still.lastLook >= 0 {
      lastLook = still.lastLook
      policy.stoodStill(
        until: Timestamp(nanosecondsSinceEpoch: origin &+ began &+ Int64(still.lastLook &- first) &* tickNanoseconds),
        counts)
    }
    return passed
  }
}

/// What changes while a run stands still, apart from the run: a loop over few variables.
private struct Still {
  var served: Double
  var startingSeconds: Double
  var peakUtilization: Double
  var within: [Double]
  var nextLook: Int64
  var lastLook = -1
  private var now: Int64
  /// Looks before this time may be left out; nanoseconds since the start of the run.
  private let until: Int64
  private let dt: Double
  private let tickNanoseconds: Int64
  private let periodNanoseconds: Int64
  private let capacity: Double
  private let ready: Int
  private let startingEachTick: Double
  private let readsUtilization: Bool
  private let isInstant: Bool
  private let scrape: Int
  private let delay: Int
  private let window: Int
  private let mask: Int
  private let knowsLatency: Bool
  private let boundCount: Int

  init<Policy>(_ run: borrowing FluidRun<Policy>, began: Int64, until: Int64) {
    served = run.tally.served
    startingSeconds = run.tally.startingSeconds
    peakUtilization = run.tally.peakUtilization
    within = run.tally.within
    nextLook = run.nextLook
    now = began
    self.until = until
    dt = run.dt
    tickNanoseconds = run.tickNanoseconds
    periodNanoseconds = run.periodNanoseconds
    capacity = run.readyCapacity
    ready = run.ready
    startingEachTick = Double(run.starting) * run.dt
    readsUtilization = run.needsUtilization
    isInstant = run.isInstant
    scrape = run.feed.scrape
    delay = run.feed.delay
    window = run.feed.window
    mask = run.feed.mask
    knowsLatency = run.knowsLatency
    boundCount = run.boundCount
  }

  @inline(__always)
  mutating func pass(
    _ first: Int, _ last: Int, _ band: Stillness, _ rates: UnsafeBufferPointer<Double>,
    _ ring: UnsafeMutableBufferPointer<Double>, _ tables: inout ServiceTables
  ) -> Int {
    var i = first
    let oldest = scrape + delay + window
    while i < last {
      let demand = rates[i]
      guard demand <= capacity else { break }
      let busy = demand / capacity
      let measured = busy >= 1 ? 1 : busy
      if readsUtilization, !isInstant { ring[i & mask] = measured }
      if now >= nextLook {
        // The run's first ticks see before its start.
        guard i >= oldest, now < until else { break }
        let reading =
          isInstant ? (readsUtilization ? measured : demand) : (readsUtilization ? mean(i, ring) : mean(i, rates))
        guard reading >= band.lowest, reading <= band.highest else { break }
        nextLook &+= periodNanoseconds
        if nextLook <= now { nextLook = (now / periodNanoseconds &+ 1) &* periodNanoseconds }
        lastLook = i
      }
      served += demand * dt
      startingSeconds += startingEachTick
      if busy > peakUtilization { peakUtilization = busy }
      if boundCount > 0, demand > 0 { judge(demand * dt, busy, &tables) }
      now &+= tickNanoseconds
      i &+= 1
    }
    return i &- first
  }

  @inline(__always)
  private mutating func judge(_ accepted: Double, _ busy: Double, _ tables: inout ServiceTables) {
    if knowsLatency {
      tables.levels.select(replicas: max(1, ready), utilization: busy)
      for bound in 0..<boundCount {
        within[bound] += accepted * tables.levels.value(LevelTable.firstShare &+ bound)
      }
    } else {
      for bound in 0..<boundCount { within[bound] += accepted }
    }
  }

  @inline(__always)
  private func measuredAt(_ tick: Int) -> Int {
    let latest = tick &- delay
    return scrape == 1 ? latest : latest / scrape &* scrape
  }

  @inline(__always)
  private func mean(_ tick: Int, _ rates: UnsafeBufferPointer<Double>) -> Double {
    let at = measuredAt(tick)
    guard window > 0 else { return rates[at] }
    var sum = 0.0
    for i in (at &- window)..<at { sum += rates[i] }
    return sum / Double(window)
  }

  /// NaN where any tick of the window was not measured: the common path then looks.
  @inline(__always)
  private func mean(_ tick: Int, _ ring: UnsafeMutableBufferPointer<Double>) -> Double {
    let at = measuredAt(tick)
    guard window > 0 else { return ring[at & mask] }
    var sum = 0.0
    for i in (at &- window)..<at { sum += ring[i & mask] }
    return sum / Double(window)
  }
}
