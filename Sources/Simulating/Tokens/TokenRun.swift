import Quantities
import Serving
import Traffic

/// Where requests to a language model come from.
enum TokenSource {
  case trace([TokenRequest])
  /// Arrivals of a demand, each with lengths that are drawn.
  case stream(ArrivalStream, TokenLengths)
  case sessions(SessionLoad)
}

/// One run of the token world: replicas, each at its own clock, and the loop that keeps them in one order of time.
///
/// Without feedback (no session waits for an answer, no pool for another) a replica is let run to an arrival only when
/// someone looks at it. With feedback the replica whose clock is furthest behind goes on, no further than to the first
/// moment at which anything can reach it: that of the next arrival, or of the first event that any other replica can
/// have. So nothing is ever handed to a replica in its past.
struct TokenRun {
  let world: TokenWorld
  let blockTokens: Int
  var source: TokenSource
  private var turns: SessionTurns?
  /// Replicas that prefill come first.
  var schedulers: [TokenScheduler] = []
  let prefillCount: Int
  /// Prompt tokens that a replica has not worked on yet, cached ones apart.
  var pending: [Double] = []
  var served: [(requests: Int, tokens: Double)] = []
  private var earliest: [Double] = []
  /// Replicas that take requests.
  var routable: [Int]
  private var turn = 0
  private var next = 0
  private var nextArrival = Double.infinity
  private var heap = EventHeap()
  private var sequence: UInt64 = 0
  private var random: RandomStream
  private var forLengths: RandomStream
  let hasFeedback: Bool
  private let handover: Double
  private let entry: Double
  private let longest: Double
  private let usesBlocks: Bool

  var record = TokenRecord()
  /// Blocks of each request that has some; sessions know theirs by turn.
  private var blocks: [Int32: [Int]] = [:]
  private var lastAnswer = 0.0
  var now = 0.0
  /// Requests that came while no replica was ready; of a fleet that changes, those that were answered since someone
  /// asked, and those that were lost with their replica.
  private(set) var held: [Int32] = []
  var notesAnswers = false
  var answers: [Int32] = []
  private(set) var lost = 0

  init(_ world: TokenWorld, blockTokens: Int, source: TokenSource) {
    self.world = world
    self.blockTokens = blockTokens
    self.source = source
    random = RandomStream(seed: world.seed, item: 0x70CE)
    forLengths = RandomStream(seed: world.seed, item: 0x1E6)
    handover = world.replica.secondsToHandOver
    entry = (world.prefill?.replica ?? world.replica).entry
    longest = min(world.replica.longest, world.prefill?.replica.longest ?? .infinity)
    prefillCount = world.prefill?.count ?? 0
    switch source {
    case .trace(let requests): usesBlocks = world.keepsPrefixes && requests.contains { !$0.blocks.isEmpty }
    case .stream: usesBlocks = false
    case .sessions(let load):
      usesBlocks = world.keepsPrefixes
      turns = SessionTurns(load, blockTokens: blockTokens, seed: world.seed)
    }
    if case .sessions = source { hasFeedback = true } else { hasFeedback = world.prefill != nil }
    routable = []
    if let prefill = world.prefill {
      for _ in 0..<prefill.count { addReplica(prefill.replica, prefill: true) }
      for _ in 0..<world.replicas { addReplica(world.replica) }
      routable = Array(0..<prefill.count)
    } else {
      for _ in 0..<world.replicas { addReplica(world.replica) }
      routable = Array(schedulers.indices)
    }
  }

  mutating func addReplica(_ replica: TokenReplica, prefill: Bool = false) {
    var scheduler = TokenScheduler(step: replica.step, limits: replica.limits, time: now)
    // Only where answers are written do blocks of prompts come back to work in one pool.
    if usesBlocks, prefill || world.prefill == nil {
      scheduler.prefixes = PrefixCache(blockTokens: blockTokens, tiers: world.tiers)
    }
    if !prefill { scheduler.gaps = Histogram(cells: 128) }
    schedulers.append(scheduler)
    pending.append(0)
    served.append((0, 0))
    earliest.append(.infinity)
  }

  // MARK: The loop

  mutating func runThrough() {
    begin()
    while step(until: .infinity) {}
  }

  mutating func begin() {
    let starts = turns?.begin() ?? []
    for (session, time) in starts { push(.turn, subject: session, generation: 0, at: time) }
    nextArrival = arrivalTime()
  }

  /// Lets the next thing happen that comes before a time. Gives whether there was one.
  mutating func step(until end: Double) -> Bool {
    let outside = min(nextArrival, heap.first?.time ?? .infinity)
    if hasFeedback {
      var behind = -1
      var clock = min(outside, end)
      for i in schedulers.indices where schedulers[i].load > 0 && schedulers[i].time < clock {
        (behind, clock) = (i, schedulers[i].time)
      }
      if behind >= 0 {
        var horizon = min(outside, end)
        for i in schedulers.indices where i != behind && earliest[i] < horizon { horizon = earliest[i] }
        schedulers[behind].advanceStep(until: horizon)
        drain(behind)
        return true
      }
    }
    guard outside < end, outside < .infinity else {
      guard !hasFeedback else { return false }
      for i in schedulers.indices { advance(i, to: end) }
      now = end < .infinity ? end : now
      return false
    }
    now = outside
    if let event = heap.first, event.time <= nextArrival {
      heap.removeFirst()
      handle(event)
    } else {
      arrive()
    }
    return true
  }

  /// Lets a replica run to a time.
  mutating func advance(_ index: Int, to time: Double) {
    guard schedulers[index].load > 0, schedulers[index].time < time else { return }
    schedulers[index].advance(until: time)
    drain(index)
  }

  private mutating func handle(_ event: Event) {
    switch event.kind {
    case .turn: submitTurn(event.subject)
    case .fetched: submit(event.subject, to: Int(event.generation))
    case .handedOver: submitHandedOver(event.subject)
    default: break
    }
  }

  private mutating func push(_ kind: Event.Kind, subject: Int32, generation: UInt32, at time: Double) {
    sequence += 1
    heap.push(
      Event(
        time: time, order: UInt64(kind.rawValue) << 56 | sequence, kind: kind, subject: subject, generation: generation
      ))
  }

  // MARK: Arrivals

  private mutating func arrivalTime() -> Double {
    switch source {
    case .trace(let requests): return next < requests.count ? requests[next].arrival : .infinity
    case .stream(var stream, let lengths):
      let time = stream.next()
      source = .stream(stream, lengths)
      return time ?? .infinity
    case .sessions: return .infinity
    }
  }

  private mutating func arrive() {
    var input = 1
    var output = 1
    var own: [Int] = []
    switch source {
    case .trace(let requests):
      (input, output) = (requests[next].input, requests[next].output)
      if usesBlocks { own = requests[next].blocks }
      next += 1
    case .stream(_, let lengths):
      input = lengths.draw(lengths.input, &forLengths)
      output = lengths.draw(lengths.output, &forLengths)
    case .sessions: return
    }
    place(TokenRecord.Request(arrival: nextArrival, input: input, output: output), blocks: own)
    nextArrival = arrivalTime()
  }

  private mutating func submitTurn(_ session: Int32) {
    let time = now
    guard let (request, own) = turns?.next(of: session, at: time) else { return }
    place(request, blocks: usesBlocks ? own : [])
  }

  /// Finds a replica for a request that comes now.
  private mutating func place(_ request: TokenRecord.Request, blocks own: [Int]) {
    let id = Int32(record.requests.count)
    record.requests.append(request)
    guard Double(request.input + request.output) <= longest else {
      record.refused += 1
      return
    }
    if !own.isEmpty { blocks[id] = own }
    route(id)
  }

  private mutating func route(_ id: Int32) {
    let own = blocks[id] ?? []
    guard let index = choose(own, session: record.requests[Int(id)].session) else {
      held.append(id)
      return
    }
    record.requests[Int(id)].replica = Int32(index)
    if !hasFeedback { advance(index, to: now) }
    if let time = schedulers[index].fetch(own, at: now), time > now {
      push(.fetched, subject: id, generation: UInt32(index), at: time)
    } else {
      submit(id, to: index)
    }
  }

  private mutating func submit(_ id: Int32, to index: Int) {
    if !hasFeedback { advance(index, to: now) }
    let request = record.requests[Int(id)]
    let own = blocks[id] ?? []
    let share = world.keepsPrefixes ? world.lengths.cachedShare : 0
    let isSplit = prefillCount > 0
    schedulers[index].submit(
      id, prompt: request.input, output: isSplit ? 1 : request.output, cached: Int(Double(request.input) * share),
      blocks: own, at: now)
    let known = schedulers[index].known(own)
    pending[index] += Double(max(1, request.input - known))
    served[index].requests += 1
    earliest[index] = schedulers[index].earliestEvent
  }

  /// The cache of a prompt has come to the replicas that write answers.
  private mutating func submitHandedOver(_ id: Int32) {
    let request = record.requests[Int(id)]
    var index = prefillCount
    for i in prefillCount..<schedulers.count where schedulers[i].load < schedulers[index].load { index = i }
    record.requests[Int(id)].replica = Int32(index)
    schedulers[index].submit(
      id, prompt: request.input + 1, output: max(1, request.output - 1), cached: request.input, at: now)
    served[index].requests += 1
    earliest[index] = schedulers[index].earliestEvent
  }

  // MARK: A fleet that changes

  /// Makes the replicas that take requests as many as are ready; those that go finish what they have.
  mutating func makeReady(_ count: Int) {
    while routable.count > count { routable.removeLast() }
    while routable.count < count {
      let idle = schedulers.indices.first { schedulers[$0].load == 0 && !routable.contains($0) }
      if let idle {
        schedulers[idle].restart(at: now)
        routable.append(idle)
      } else {
        addReplica(world.replica)
        routable.append(schedulers.count - 1)
      }
    }
    guard count > 0, !held.isEmpty else { return }
    let waiting = held
    held = []
    for id in waiting { route(id) }
  }

  /// Replicas crash with all that they have.
  mutating func crash(_ count: Int) {
    for _ in 0..<min(count, routable.count) {
      let index = routable.remove(at: Int(random.next() % UInt64(routable.count)))
      for id in record.requests.indices
      where record.requests[id].replica == Int32(index) && !record.requests[id].isAnswered {
        lost += 1
        record.requests[id].replica = -1
      }
      schedulers[index].lose()
      pending[index] = 0
    }
  }

  var waitingCount: Int { schedulers.reduce(held.count) { $0 + $1.waitingCount } }
  var unansweredCount: Int { schedulers.reduce(held.count) { $0 + $1.load } }

  // MARK: Routing

  private mutating func choose(_ own: [Int], session: Int32) -> Int? {
    guard let first = routable.first else { return nil }
    let count = routable.count
    guard count > 1 else { return first }
    if !hasFeedback, world.routing.looksAtAll { for i in routable { advance(i, to: now) } }
    func any() -> Int { routable[Int(random.next() % UInt64(count))] }
    switch world.routing {
    case .random: return any()
    case .roundRobin:
      turn = turn + 1 >= count ? 0 : turn + 1
      return routable[turn]
    case .leastLoaded: return least()
    case .powerOfTwo:
      let a = any()
      var b = any()
      while b == a { b = any() }
      if !hasFeedback {
        advance(a, to: now)
        advance(b, to: now)
      }
      return schedulers[b].load < schedulers[a].load ? b : a
    case .sticky:
      let key = session >= 0 ? UInt64(session) : own.first.map { UInt64(bitPattern: Int64($0)) } ?? random.next()
      var stream = RandomStream(seed: key)
      return routable[Int(stream.next() % UInt64(count))]
    case .prefixAware:
      // A replica that holds the prefix of many would take them all: one far busier than the least is passed over.
      let fewest = routable.reduce(Int.max) { min($0, schedulers[$1].load) }
      var best = first
      var cost = Double.infinity
      for i in routable where schedulers[i].load <= fewest + 8 + fewest / 2 {
        let known = schedulers[i].known(own)
        let work = pending[i] - Double(known) + 1e-3 * Double(schedulers[i].load)
        if work < cost { (best, cost) = (i, work) }
      }
      return best
    }
  }

  /// The replica with the fewest requests; of several, the next in turn.
  private mutating func least() -> Int {
    turn = turn + 1 >= routable.count ? 0 : turn + 1
    var best = routable[turn]
    for k in 1..<routable.count {
      let i = routable[(turn + k) % routable.count]
      if schedulers[i].load < schedulers[best].load { best = i }
    }
    return best
  }

  // MARK: Answers

  /// Takes note of what a replica has done.
  private mutating func drain(_ index: Int) {
    defer { if hasFeedback { earliest[index] = schedulers[index].earliestEvent } }
    guard !schedulers[index].events.isEmpty else { return }
    let isPrefill = index < prefillCount
    for event in schedulers[index].events {
      let id = Int(event.request)
      if event.isFirstToken {
        guard record.requests[id].firstToken.isNaN else { continue }
        let input = record.requests[id].input
        pending[index] = max(0, pending[index] - Double(max(1, input - Int(event.cached))))
        record.requests[id].cached = event.cached
        var time = event.time
        if isPrefill { time += handover * Double(input) }
        record.requests[id].firstToken = time - record.requests[id].arrival + entry
        if isPrefill, record.requests[id].output > 1 {
          push(.handedOver, subject: event.request, generation: 0, at: time)
        } else if isPrefill {
          answer(id, index, at: time)
        }
      } else if !isPrefill {
        answer(id, index, at: event.time)
      }
    }
    schedulers[index].events.removeAll(keepingCapacity: true)
  }

  private mutating func answer(_ id: Int, _ index: Int, at time: Double) {
    let request = record.requests[id]
    record.requests[id].response = time - request.arrival + entry
    served[index].tokens += Double(request.output)
    lastAnswer = max(lastAnswer, time)
    record.inputTokens += Double(request.input)
    record.outputTokens += Double(request.output)
    record.cachedTokens += Double(request.cached)
    if !blocks.isEmpty { blocks[Int32(id)] = nil }
    if notesAnswers { answers.append(Int32(id)) }
    let seen = time + entry
    guard request.session >= 0, let again = turns?.answered(request.session, at: seen) else { return }
    push(.turn, subject: request.session, generation: 0, at: again)
  }

  /// The same of the requests that came from a time on, within a span.
  func finished(from start: Double, until end: Double) -> TokenRecord {
    var record = finished()
    record.requests.removeAll { $0.arrival < start }
    record.seconds = max(1e-9, end - start)
    let answered = record.requests.filter(\.isAnswered)
    record.inputTokens = answered.reduce(0) { $0 + Double($1.input) }
    record.outputTokens = answered.reduce(0) { $0 + Double($1.output) }
    record.cachedTokens = answered.reduce(0) { $0 + Double($1.cached) }
    // What was brought up is of the whole run: its share of the prompts' tokens stands for the counted part.
    let all = self.record.inputTokens
    record.fetched = record.fetched.map { all > 0 ? $0 * record.inputTokens / all : 0 }
    record.unfinished = record.requests.count - answered.count - record.refused
    return record
  }

  func finished() -> TokenRecord {
    var record = record
    let first = record.requests.first?.arrival ?? 0
    record.seconds = max(1e-9, lastAnswer - first)
    record.unfinished = record.requests.count { !$0.isAnswered } - record.refused - lost
    record.lost = lost
    record.fetched = world.tiers.map { _ in 0 }
    for (index, scheduler) in schedulers.enumerated() {
      var replica = TokenRecord.Replica()
      replica.role = prefillCount == 0 ? .both : index < prefillCount ? .prefill : .decode
      replica.requests = served[index].requests
      replica.outputTokens = served[index].tokens
      replica.busy = scheduler.busy
      replica.steps = scheduler.steps
      replica.preemptions = scheduler.preemptions
      if scheduler.busy > 0 {
        replica.running = scheduler.sequenceSeconds / scheduler.busy
        replica.cacheUse = scheduler.cacheSeconds / scheduler.busy / max(1, scheduler.limits.cacheTokens)
      }
      replica.mostCacheUse = scheduler.mostCached / max(1, scheduler.limits.cacheTokens)
      record.replicas.append(replica)
      if let gaps = scheduler.gaps { record.gaps.merge(gaps) }
      for (tier, tokens) in (scheduler.prefixes?.fetched ?? []).enumerated() { record.fetched[tier] += tokens }
    }
    return record
  }
}
