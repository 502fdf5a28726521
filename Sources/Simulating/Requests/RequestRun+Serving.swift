import Quantities
import Serving

extension RequestRun {
  // MARK: Finding a replica

  /// An attempt arrives at the service.
  mutating func dispatch(_ attempt: Int) {
    guard !ready.isEmpty else { return enqueue(attempt, line: 0) }
    if case .batches = work {
      let replica = balancing == .shared ? -1 : chooseReplica(attempt)
      attempts[attempt].replica = Int32(replica)
      enqueue(attempt, line: replica + 1)
      if replica >= 0 { beginBatches(replica) } else if let idle = replicaWithRoom() { beginBatches(idle) }
      return
    }
    if balancing == .shared {
      if let replica = replicaWithRoom() { begin(attempt, replica) } else { enqueue(attempt, line: 0) }
      return
    }
    let replica = chooseReplica(attempt)
    attempts[attempt].replica = Int32(replica)
    if replicas[replica].inService < limit, lines[replica + 1].count == 0 {
      begin(attempt, replica)
    } else {
      enqueue(attempt, line: replica + 1)
    }
  }

  private func hasRoom(_ replica: Int) -> Bool {
    guard replicas[replica].position >= 0 else { return false }
    if case .batches(let rules, _) = work { return replicas[replica].busyInstances < rules.instances }
    return replicas[replica].inService < limit
  }

  /// Of a shared line: a ready replica that is not full.
  private mutating func replicaWithRoom() -> Int? {
    while let candidate = roomy.last {
      if hasRoom(Int(candidate)) { return Int(candidate) }
      roomy.removeLast()
      replicas[Int(candidate)].isRoomy = false
    }
    return nil
  }

  private mutating func noteRoom(_ replica: Int) {
    guard balancing == .shared, !replicas[replica].isRoomy, hasRoom(replica) else { return }
    replicas[replica].isRoomy = true
    roomy.append(Int32(replica))
  }

  // MARK: Lines

  private mutating func enqueue(_ attempt: Int, line: Int) {
    let most: Double =
      switch world.queue.limit {
      case .none: .infinity
      case .requests(let most): max(0, most)
      case .time(let time):
        max(0, time.seconds) * world.service.capacityPerReplica.perSecond
          * (line == 0 ? Double(max(1, ready.count)) : 1)
      }
    if Double(lines[line].count) + 1 > most, !isTakenAtOnce(line) {
      record.rejected += 1
      failAttempt(attempt)
      free(attempt)
      return
    }
    attempts[attempt].stage = .waiting
    attempts[attempt].line = Int32(line)
    lines[line].append(Int32(attempt), rank: ranks[Int(requests[Int(attempts[attempt].request)].kind)])
    meter.waiting += 1
    if patienceSeconds < .infinity {
      patience.append(
        event(
          .patience, subject: Int32(attempt), generation: attempts[attempt].generation, at: now + patienceSeconds,
          nextSequence()))
    }
  }

  /// Requests for batches pass through the line even where an instance is idle.
  private func isTakenAtOnce(_ line: Int) -> Bool {
    guard case .batches(let rules, _) = work, line > 0, rules.delay == .zero else { return false }
    return replicas[line - 1].busyInstances < rules.instances
  }

  /// A waiting attempt leaves its line; its place in the ring is freed when it comes up.
  mutating func leaveLine(_ attempt: Int) {
    attempts[attempt].stage = .left
    lines[Int(attempts[attempt].line)].count -= 1
    meter.waiting -= 1
  }

  /// The next attempt that still waits.
  private mutating func next(in line: Int) -> Int? {
    while let index = lines[line].popFirst() {
      let attempt = Int(index)
      guard attempts[attempt].stage == .waiting else {
        free(attempt)
        continue
      }
      lines[line].count -= 1
      meter.waiting -= 1
      return attempt
    }
    return nil
  }

  private func line(of replica: Int) -> Int {
    balancing == .shared ? 0 : replica + 1
  }

  // MARK: Serving

  /// A replica works on one more.
  private mutating func begin(_ attempt: Int, _ replica: Int) {
    attempts[attempt].replica = Int32(replica)
    attempts[attempt].stage = .serving
    attempts[attempt].started = now
    record.waits.record(now - attempts[attempt].sent)
    meter.inService += 1
    switch work {
    case .servers(let time):
      replicas[replica].inService += 1
      push(
        .served, subject: Int32(attempt), generation: attempts[attempt].generation,
        at: now + time.sample(&forService))
    case .shared(let seconds, let variability):
      settle(replica, seconds)
      replicas[replica].inService += 1
      let amount = Self.unit(variability)?.sample(&forService) ?? 1
      replicas[replica].shared.push(
        event(
          .shared, subject: Int32(attempt), generation: attempts[attempt].generation,
          at: replicas[replica].progress + amount, nextSequence()))
      scheduleShared(replica, seconds)
    case .batches: break
    }
    noteLoad(replica)
  }

  private static func unit(_ variability: Double) -> TimeDistribution? {
    try? TimeDistribution(mean: 1, variability: variability)
  }

  /// What a replica does of what it could.
  private mutating func noteLoad(_ replica: Int) {
    let state = replicas[replica]
    let load: Double =
      switch work {
      case .servers: Double(state.inService) / Double(limit)
      case .shared(let seconds, _):
        state.inService == 0
          ? 0
          : min(
            1,
            Double(state.inService) / Self.seconds(state.inService, seconds)
              / world.service.capacityPerReplica.perSecond)
      case .batches(let rules, _): Double(state.busyInstances) / Double(rules.instances)
      }
    if state.position >= 0 { meter.changeLoad(by: load - state.load, at: now) }
    replicas[replica].load = load
  }

  /// The service is done with an attempt.
  mutating func finish(_ attempt: Int) {
    let replica = Int(attempts[attempt].replica)
    replicas[replica].inService -= 1
    meter.inService -= 1
    conclude(attempt)
    takeNext(replica)
  }

  private mutating func conclude(_ attempt: Int) {
    record.served += 1
    let request = Int(attempts[attempt].request)
    if attempts[attempt].isAbandoned || requests[request].progress != .open {
      record.wasted += 1
    } else {
      meter.waited(attempts[attempt].started - attempts[attempt].sent)
      close(request, .answered)
    }
    free(attempt)
  }

  /// A replica has room again.
  private mutating func takeNext(_ replica: Int) {
    let line = line(of: replica)
    if replicas[replica].position >= 0 || line > 0 {
      while replicas[replica].inService < limit, lines[line].count > 0, let attempt = next(in: line) {
        begin(attempt, replica)
      }
    }
    noteLoad(replica)
    noteRoom(replica)
    recycleIfEmpty(replica)
  }

  // MARK: Shared speed

  private static func seconds(_ inService: Int, _ seconds: [Double]) -> Double {
    seconds[min(max(1, inService), seconds.count) - 1]
  }

  /// Counts the work done for each request since the number of them last changed.
  private mutating func settle(_ replica: Int, _ seconds: [Double]) {
    let state = replicas[replica]
    if state.inService > 0 {
      replicas[replica].progress += (now - state.updated) / Self.seconds(state.inService, seconds)
    } else {
      replicas[replica].progress = 0
    }
    replicas[replica].updated = now
  }

  /// The next to be done, if nothing changes before.
  private mutating func scheduleShared(_ replica: Int, _ seconds: [Double]) {
    replicas[replica].generation &+= 1
    guard let first = replicas[replica].shared.first else { return }
    let left = max(0, first.time - replicas[replica].progress)
    push(
      .shared, subject: Int32(replica), generation: replicas[replica].generation,
      at: now + left * Self.seconds(replicas[replica].inService, seconds))
  }

  mutating func finishShared(_ event: Event) {
    let replica = Int(event.subject)
    guard replicas[replica].generation == event.generation, case .shared(let seconds, _) = work,
      let first = replicas[replica].shared.first
    else { return }
    settle(replica, seconds)
    replicas[replica].shared.removeFirst()
    let attempt = Int(first.subject)
    replicas[replica].inService -= 1
    meter.inService -= 1
    conclude(attempt)
    takeNext(replica)
    scheduleShared(replica, seconds)
  }

  // MARK: Batches

  /// Begins as many batches as instances and the rules allow.
  mutating func beginBatches(_ replica: Int) {
    guard case .batches(let rules, let seconds) = work else { return }
    let line = line(of: replica)
    guard replicas[replica].position >= 0 || line > 0 else { return }
    while replicas[replica].busyInstances < rules.instances, lines[line].count > 0 {
      let waiting = lines[line].count
      var size = min(waiting, rules.maximum)
      if waiting < rules.maximum, !(rules.delay <= .zero) {
        if let preferred = rules.preferred.last(where: { $0 <= waiting }) {
          size = preferred
        } else if let due = batchDue(line, rules.delay.seconds), due > now {
          if !replicas[replica].hasDelay {
            replicas[replica].hasDelay = true
            push(.batchDelay, subject: Int32(replica), generation: replicas[replica].generation, at: due)
          }
          return
        }
      }
      var members: [Int32] = []
      while members.count < size, let attempt = next(in: line) {
        attempts[attempt].replica = Int32(replica)
        attempts[attempt].stage = .serving
        attempts[attempt].started = now
        record.waits.record(now - attempts[attempt].sent)
        members.append(Int32(attempt))
      }
      guard !members.isEmpty else { return }
      let index: Int
      if let free = freeBatches.popLast() {
        index = Int(free)
        batches[index] = (members, Int32(replica))
      } else {
        index = batches.count
        batches.append((members, Int32(replica)))
      }
      replicas[replica].inService += members.count
      replicas[replica].busyInstances += 1
      meter.inService += members.count
      push(
        .batchServed, subject: Int32(index), generation: replicas[replica].generation,
        at: now + seconds[members.count - 1])
      noteLoad(replica)
    }
    noteRoom(replica)
  }

  /// When the oldest that waits has waited for so long.
  private mutating func batchDue(_ line: Int, _ delay: Double) -> Double? {
    var oldest: Double?
    for rank in lines[line].ranks {
      while let head = lines[line].head(rank), attempts[Int(head)].stage != .waiting {
        lines[line].dropHead(rank)
        free(Int(head))
      }
      if let head = lines[line].head(rank) { oldest = min(oldest ?? .infinity, attempts[Int(head)].sent) }
    }
    return oldest.map { $0 + delay }
  }

  mutating func endBatchDelay(_ event: Event) {
    let replica = Int(event.subject)
    guard replicas[replica].generation == event.generation else { return }
    replicas[replica].hasDelay = false
    beginBatches(replica)
    recycleIfEmpty(replica)
  }

  mutating func finishBatch(_ event: Event) {
    let (members, index) = batches[Int(event.subject)]
    batches[Int(event.subject)].attempts = []
    freeBatches.append(event.subject)
    let replica = Int(index)
    guard replicas[replica].generation == event.generation else { return }
    replicas[replica].busyInstances -= 1
    replicas[replica].inService -= members.count
    meter.inService -= members.count
    for attempt in members { conclude(Int(attempt)) }
    noteLoad(replica)
    beginBatches(replica)
    noteRoom(replica)
    recycleIfEmpty(replica)
  }

  // MARK: Replicas that come and go

  /// Makes the ready replicas as many as the fleet says.
  ///
  /// - Parameter killing: ready ones that crash first, with all they have. Others that go finish what they have.
  mutating func syncReplicas(killing: Int) {
    let target = meter.fleet.ready
    guard target != ready.count || killing > 0 else { return }
    for _ in 0..<min(killing, ready.count) {
      let replica = Int(ready[Int(forBalancing.next() % UInt64(ready.count))])
      unready(replica)
      kill(replica)
    }
    while ready.count > target, let last = ready.last {
      unready(Int(last))
      recycleIfEmpty(Int(last))
    }
    let first = ready.count
    while ready.count < target { addReplica() }
    readyChanged()
    meter.readyChanged(to: ready.count, at: now)
    guard ready.count > first else { return }
    for replica in ready[first...] {
      if case .batches = work { beginBatches(Int(replica)) } else { takeNext(Int(replica)) }
    }
    // What waited for any replica to come finds its own now.
    if balancing != .shared { while lines[0].count > 0, let attempt = next(in: 0) { dispatch(attempt) } }
  }

  private mutating func addReplica() {
    let index: Int
    if let free = freeReplicas.popLast() {
      index = Int(free)
    } else {
      index = replicas.count
      replicas.append(ReplicaState())
      lines.append(RequestLine(classes: classes))
    }
    var state = ReplicaState()
    state.generation = replicas[index].generation &+ 1
    state.isRoomy = replicas[index].isRoomy
    state.position = ready.count
    replicas[index] = state
    ready.append(Int32(index))
    noteRoom(index)
  }

  /// It takes no new requests.
  private mutating func unready(_ replica: Int) {
    let position = replicas[replica].position
    guard position >= 0, let last = ready.popLast() else { return }
    if Int(last) != replica {
      ready[position] = last
      replicas[Int(last)].position = position
    }
    meter.changeLoad(by: -replicas[replica].load, at: now)
    replicas[replica].position = -1
  }

  private mutating func recycleIfEmpty(_ replica: Int) {
    let state = replicas[replica]
    guard state.position == -1, state.inService == 0, lines[replica + 1].count == 0 else { return }
    // What left the line is still in its ring.
    while let attempt = lines[replica + 1].popFirst() { free(Int(attempt)) }
    replicas[replica].position = -2
    freeReplicas.append(Int32(replica))
  }

  /// It is gone, and all that it had.
  private mutating func kill(_ replica: Int) {
    replicas[replica].generation &+= 1
    replicas[replica].shared = EventHeap()
    meter.inService -= replicas[replica].inService
    replicas[replica].inService = 0
    replicas[replica].busyInstances = 0
    var lost: [Int] = []
    while let attempt = next(in: replica + 1) { lost.append(attempt) }
    for (index, attempt) in attempts.enumerated()
    where attempt.stage == .serving && Int(attempt.replica) == replica { lost.append(index) }
    for attempt in lost {
      record.lost += 1
      failAttempt(attempt)
      free(attempt)
    }
    recycleIfEmpty(replica)
  }
}
