import Catalogs
import Glibc
import Quantities
import Scaling
import Serving
import Traffic

/// One run of the request world: its state, and the loop over events.
struct RequestRun {
  let world: RequestWorld
  let demand: DemandTicks
  /// Seconds.
  let length: Double
  let tick: Double
  /// The replica's way of working.
  enum Work {
    /// So many at a time, each at full speed for a time of its own.
    case servers(TimeDistribution)
    /// All that are there share its speed: seconds for one request by how many there are, from 1 up.
    case shared([Double], variability: Double)
    case batches(BatchRules, seconds: [Double])
  }
  let work: Work
  let limit: Int
  let balancing: Balancing
  let kinds: [RequestKind]
  let kindWeights: [Double]
  /// The place of a kind's priority in a line.
  let ranks: [Int]
  let classes: Int

  private var source: RequestSource
  var now = 0.0
  private var sequence: UInt64 = 0
  private var nextArrival = Double.infinity
  var heap = EventHeap()
  // Timers of one length come due in the order in which they were set.
  var patience = Ring<Event>()
  var timeouts = Ring<Event>()
  var deadlines = Ring<Event>()
  var hedges = Ring<Event>()

  var requests: [RequestState] = []
  var attempts: [AttemptState] = []
  var replicas: [ReplicaState] = []
  private var freeRequests: [Int32] = []
  private var freeAttempts: [Int32] = []
  var freeReplicas: [Int32] = []
  var freeBatches: [Int32] = []
  /// Batches at work: their attempts, and their replica.
  var batches: [(attempts: [Int32], replica: Int32)] = []
  /// Line 0 is that of all: of a shared line, or while no replica is ready. The others are the replicas', one further.
  var lines: [RequestLine] = []
  /// Replicas that take requests.
  var ready: [Int32] = []
  /// Ready replicas that may have room; for a shared line.
  var roomy: [Int32] = []
  private var turn = 0
  private var ring = HashRing()
  private var ringIsStale = true

  var forArrivals: RandomStream
  var forService: RandomStream
  var forBalancing: RandomStream
  var forClients: RandomStream
  var tokens: Double
  let patienceSeconds: Double
  let timeoutSeconds: Double
  let deadlineSeconds: Double
  let hedgeSeconds: Double

  var record = RequestRecord()
  var responseBatches = GrowingBatches()
  var meter: RequestMeter

  init(
    world: RequestWorld, source: RequestSource, demand: DemandTicks, mix: [RequestKind], policy: any ScalingPolicy
  ) {
    self.world = world
    self.demand = demand
    self.source = source
    tick = demand.tick.seconds
    length = tick * Double(demand.rates.count)
    (work, limit) = Self.work(of: world.service)
    balancing = world.balancing ?? world.service.balancing
    // One request in 256 kinds is the most that a state holds.
    kinds = Array(mix.prefix(256))
    kindWeights = kinds.map { $0.weight.isFinite ? max(0, $0.weight) : 0 }
    let priorities = Set(kinds.map(\.priority)).sorted(by: >)
    ranks = kinds.map { priorities.firstIndex(of: $0.priority) ?? 0 }
    classes = max(1, priorities.count)
    forArrivals = RandomStream(seed: world.seed, item: 0x0A11)
    forService = RandomStream(seed: world.seed, item: 0x05E1)
    forBalancing = RandomStream(seed: world.seed, item: 0x0BA1)
    forClients = RandomStream(seed: world.seed, item: 0x0C11)
    tokens = world.clients.reserve
    patienceSeconds = world.queue.deadline?.seconds ?? .infinity
    timeoutSeconds = world.clients.timeout?.seconds ?? .infinity
    deadlineSeconds = world.clients.deadline?.seconds ?? .infinity
    hedgeSeconds = world.clients.hedgeAfter?.seconds ?? .infinity
    meter = RequestMeter(world: world, demand: demand, policy: policy)
    record.kinds = kinds.map { RequestRecord.Kind(kind: $0) }
    lines = [RequestLine(classes: classes)]
  }

  private static func work(of service: any ServiceModel) -> (Work, limit: Int) {
    if let rules = service.batchRules, service.batchStep(of: 1) != nil {
      let seconds = (1...rules.maximum).map { max(service.batchStep(of: $0)?.time ?? 0, 1e-12) }
      return (.batches(rules, seconds: seconds), rules.maximum * rules.instances)
    }
    guard let one = service.requestTime(inFlight: 1) else {
      // A capacity alone: one at a time, each for the same time.
      let seconds = 1 / max(service.capacityPerReplica.perSecond, 1e-12)
      let time = try? TimeDistribution(mean: seconds, variability: 0)
      return (time.map { .servers($0) } ?? .shared([seconds], variability: 0), 1)
    }
    let limit = min(service.requestLimit ?? 100_000, 1_000_000)
    let last = service.requestTime(inFlight: limit)
    if last == one { return (.servers(one), limit) }
    // From 4096 on speeds hardly change; the last one stands for all beyond.
    let seconds = (1...min(limit, 4096)).map { service.requestTime(inFlight: $0)?.mean ?? one.mean }
    return (.shared(seconds, variability: one.variability), limit)
  }

  // MARK: The loop

  mutating func runThrough() {
    syncReplicas(killing: 0)
    if case .users(let count, let think) = source {
      for user in 0..<min(count, Int(Int32.max)) { ask(again: Int32(user), think) }
    }
    nextArrival = arrival()
    while true {
      var time = nextArrival
      // 0: arrival, 1: heap, 2 to 5: timers, 6: the fleet, 7: the meters.
      var which = 0
      var order = UInt64(Event.Kind.user.rawValue) << 56 | 0x00FF_FFFF_FFFF_FFFF
      func consider(_ event: Event?, _ index: Int) {
        guard let event, event.time < time || (event.time == time && event.order < order) else { return }
        (time, order, which) = (event.time, event.order, index)
      }
      consider(heap.first, 1)
      consider(patience.first, 2)
      consider(timeouts.first, 3)
      consider(deadlines.first, 4)
      consider(hedges.first, 5)
      if meter.fleet.nextEvent < time { (time, which) = (meter.fleet.nextEvent, 6) }
      if meter.nextTick < time { (time, which) = (meter.nextTick, 7) }
      guard time < length else { break }
      now = time
      switch which {
      case 0:
        arrive(user: -1)
        nextArrival = arrival()
      case 1:
        if let event = heap.first {
          heap.removeFirst()
          handle(event)
        }
      case 2: if let event = patience.popFirst() { expire(event) }
      case 3: if let event = timeouts.popFirst() { timeOut(event) }
      case 4: if let event = deadlines.popFirst() { passDeadline(event) }
      case 5: if let event = hedges.popFirst() { hedge(event) }
      case 6:
        meter.advanceFleet(to: time)
        syncReplicas(killing: 0)
      default: look()
      }
    }
    now = length
    meter.close(at: length)
  }

  private mutating func arrival() -> Double {
    switch source {
    case .stream(var stream):
      let next = stream.next()
      source = .stream(stream)
      return next ?? .infinity
    case .times(var rest):
      let next = rest.popFirst()
      source = .times(rest)
      return next ?? .infinity
    case .users: return .infinity
    }
  }

  private mutating func ask(again user: Int32, _ think: TimeDistribution?) {
    let wait = think?.sample(&forArrivals) ?? 0
    push(.user, subject: user, generation: 0, at: now + wait)
  }

  private mutating func handle(_ event: Event) {
    switch event.kind {
    case .served: if attempts[Int(event.subject)].generation == event.generation { finish(Int(event.subject)) }
    case .shared: finishShared(event)
    case .batchServed: finishBatch(event)
    case .batchDelay: endBatchDelay(event)
    case .retry: retry(event)
    case .user: arrive(user: event.subject)
    case .patience, .timeout, .deadline, .hedge, .handedOver, .fetched, .turn: break
    }
  }

  func event(_ kind: Event.Kind, subject: Int32, generation: UInt32, at time: Double, _ sequence: UInt64) -> Event {
    Event(
      time: time, order: UInt64(kind.rawValue) << 56 | sequence, kind: kind, subject: subject, generation: generation)
  }

  mutating func nextSequence() -> UInt64 {
    sequence += 1
    return sequence
  }

  mutating func push(_ kind: Event.Kind, subject: Int32, generation: UInt32, at time: Double) {
    heap.push(event(kind, subject: subject, generation: generation, at: time, nextSequence()))
  }

  // MARK: Requests and attempts

  private mutating func arrive(user: Int32) {
    let index: Int
    if let free = freeRequests.popLast() {
      index = Int(free)
    } else {
      index = requests.count
      requests.append(RequestState())
    }
    var request = RequestState()
    request.generation = requests[index].generation
    request.arrival = now
    request.user = user
    request.kind = kinds.count > 1 ? UInt8(truncatingIfNeeded: forArrivals.index(weights: kindWeights)) : 0
    if balancing == .consistentHash { request.key = forBalancing.next() }
    requests[index] = request
    record.kinds[Int(request.kind)].offered += 1
    meter.offered += 1
    if let budget = world.clients.budget {
      tokens = min(tokens + max(0, budget.rawValue), world.clients.reserve)
    }
    if deadlineSeconds < .infinity {
      deadlines.append(
        event(
          .deadline, subject: Int32(index), generation: request.generation, at: now + deadlineSeconds, nextSequence()))
    }
    if hedgeSeconds < .infinity {
      hedges.append(
        event(.hedge, subject: Int32(index), generation: request.generation, at: now + hedgeSeconds, nextSequence()))
    }
    send(index)
  }

  /// Sends one more attempt of a request.
  mutating func send(_ request: Int) {
    let index: Int
    if let free = freeAttempts.popLast() {
      index = Int(free)
    } else {
      index = attempts.count
      attempts.append(AttemptState())
    }
    var attempt = AttemptState()
    attempt.generation = attempts[index].generation
    attempt.sent = now
    attempt.request = Int32(request)
    attempt.sibling = requests[request].firstAttempt
    attempts[index] = attempt
    requests[request].firstAttempt = Int32(index)
    requests[request].made += 1
    requests[request].live += 1
    record.attempts += 1
    meter.attempts += 1
    if timeoutSeconds < .infinity {
      timeouts.append(
        event(
          .timeout, subject: Int32(index), generation: attempt.generation, at: now + timeoutSeconds, nextSequence()))
    }
    dispatch(index)
  }

  /// The attempt is over: the service has nothing of it any more.
  mutating func free(_ index: Int) {
    let request = Int(attempts[index].request)
    // Out of the request's list, which holds one or two.
    var at = requests[request].firstAttempt
    if at == Int32(index) {
      requests[request].firstAttempt = attempts[index].sibling
    } else {
      while at >= 0, attempts[Int(at)].sibling != Int32(index) { at = attempts[Int(at)].sibling }
      if at >= 0 { attempts[Int(at)].sibling = attempts[index].sibling }
    }
    attempts[index].generation &+= 1
    attempts[index].stage = .left
    freeAttempts.append(Int32(index))
    releaseRequest(request)
  }

  mutating func releaseRequest(_ request: Int) {
    let state = requests[request]
    guard state.progress != .open, state.firstAttempt < 0, !state.isRetrying, !state.isFree else { return }
    requests[request].generation &+= 1
    requests[request].isFree = true
    freeRequests.append(Int32(request))
  }

  /// A request is answered or has failed for good; its user may ask again.
  mutating func close(_ request: Int, _ progress: RequestState.Progress) {
    requests[request].progress = progress
    let state = requests[request]
    let kind = Int(state.kind)
    if progress == .answered {
      let response = now - state.arrival
      record.responses.record(response)
      record.kinds[kind].answered += 1
      if kinds.count > 1 { record.kinds[kind].responses.record(response) }
      responseBatches.add(response)
      meter.answered(response)
    } else {
      record.kinds[kind].failed += 1
      meter.failed += 1
    }
    if state.user >= 0, case .users(_, let think) = source { ask(again: state.user, think) }
    abandonAttempts(of: request)
    releaseRequest(request)
  }

  // MARK: Balancing

  /// The replica that the balancer chooses among the ready ones.
  mutating func chooseReplica(_ attempt: Int) -> Int {
    let count = ready.count
    func any() -> Int { Int(ready[Int(forBalancing.next() % UInt64(count))]) }
    switch balancing {
    case .shared, .random: return any()
    case .roundRobin:
      turn = turn + 1 >= count ? 0 : turn + 1
      return Int(ready[turn])
    case .leastConnections:
      // From a random place on, so that ties are broken by chance.
      var at = Int(forBalancing.next() % UInt64(count))
      var best = Int(ready[at])
      var fewest = requests(on: best)
      for _ in 1..<max(1, count) where fewest > 0 {
        at = at + 1 == count ? 0 : at + 1
        let here = requests(on: Int(ready[at]))
        if here < fewest { (best, fewest) = (Int(ready[at]), here) }
      }
      return best
    case .powerOfTwo:
      let first = any()
      guard count > 1 else { return first }
      var second = any()
      while second == first { second = any() }
      return requests(on: second) < requests(on: first) ? second : first
    case .consistentHash:
      if ringIsStale {
        ring.place(ready)
        ringIsStale = false
      }
      return Int(ring.replica(of: requests[Int(attempts[attempt].request)].key))
    }
  }

  private func requests(on replica: Int) -> Int { replicas[replica].inService + lines[replica + 1].count }

  mutating func readyChanged() { ringIsStale = true }
}
