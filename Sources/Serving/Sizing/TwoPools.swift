import Catalogs
import Glibc
import Quantities

extension Sizer {
  /// Prompts on workers of their own, answers on others: a closed loop through both.
  ///
  /// A prompt goes to the prefill worker with the least to do, its cache over the network to the decode worker with the
  /// least, which lets it in where its whole answer has room and gives the first token.
  func twoPools(_ question: SizeQuestion) -> SizeAnswer {
    var answer = SizeAnswer()
    guard let prefill = question.prefill, let decode = question.decode else { return answer }
    let engineQuestion = question
    func pool(_ workers: SizeQuestion.Workers) -> (Deployment, StepTime) {
      var own = engineQuestion
      own.tensorParallel = workers.tensorParallel
      own.expertParallel = max(workers.expertParallel, 1)
      // A worker over more cards than a machine holds attends with each card for its own sequences.
      own.splitsSequences = workers.tensorParallel > question.accelerator.perNode || workers.expertParallel > 8
      let deployment = deployment(of: own, tensorParallel: workers.tensorParallel)
      return (deployment, StepTime(deployment, constants: constants))
    }
    let lengths = lengths(of: question)
    let (prefillDeployment, prefillStep) = pool(prefill)
    let (decodeDeployment, decodeStep) = pool(decode)
    let network =
      question.accelerator.linkDomain > question.accelerator.perNode
      ? question.accelerator.linkBandwidth : question.accelerator.networkBandwidth
    let perToken =
      question.model.cacheBytesPerToken(decodeDeployment.cache).rawValue
      / ((network ?? .gigabytesPerSecond(25)).rawValue * 0.5)
    func limits(_ deployment: Deployment, reserves: Bool) -> TokenScheduler.Limits {
      // Such workers are given all that weights leave: what was measured has run.
      let cache = CacheCapacity(deployment, memoryShare: max(0.95, deployment.engine.memoryShare), sequences: 1024)
      let mean = lengths.meanInput + lengths.meanOutput / 2
      return TokenScheduler.Limits(
        batchedTokens: max(deployment.engine.batchedTokens, Int(lengths.input)), sequences: 16_384,
        cacheTokens: cache.fits
          ? max(cache.tokens(inSequencesOf: mean), (lengths.input + lengths.output) * 1.25) : 1e15, mixesPrefill: true,
        reservesAnswers: reserves)
    }
    let users = min(question.batch ?? 1, 100_000)
    let total = max(20, min(users * 10, max(users * 3, 6000)))
    var random = RandomStream(seed: 1)
    var prefills = WorkerPool(
      TokenScheduler(
        step: prefillStep, limits: limits(prefillDeployment, reserves: false), time: cold(question, prefillDeployment)),
      count: prefill.count)
    var decodes = WorkerPool(
      TokenScheduler(step: decodeStep, limits: limits(decodeDeployment, reserves: true)), count: decode.count)
    var arrived = [Double](repeating: 0, count: total)
    var first = arrived
    var last = arrived
    var prompts = [Int](repeating: 0, count: total)
    var outputs = prompts
    var next = 0
    var done = 0
    func submit(at time: Double) {
      guard next < total else { return }
      prompts[next] = lengths.draw(lengths.input, &random)
      outputs[next] = lengths.draw(lengths.output, &random)
      arrived[next] = time
      let worker = prefills.least
      prefills.change(worker) { $0.submit(Int32(next), prompt: prompts[next], output: 1, at: time) }
      next += 1
    }
    /// What a decode worker's answers have come to: each last token is a user's next request.
    func note(_ worker: Int) {
      for event in decodes.takeEvents(worker) {
        if event.isFirstToken {
          first[Int(event.request)] = event.time
        } else {
          last[Int(event.request)] = event.time
          done += 1
          submit(at: event.time)
        }
      }
    }
    for _ in 0..<users { submit(at: 0) }
    // The worker that may have the earliest event goes on, and no further than to the first moment at which any other
    // can have one: nothing is handed over in anybody's past by more than one step.
    while done < total {
      let (reader, writer) = (prefills.next, decodes.next)
      guard min(reader.time, writer.time) < .infinity else { break }
      if reader.time <= writer.time {
        prefills.change(reader.worker) { $0.advanceStep(until: min(reader.second, writer.time)) }
        for event in prefills.takeEvents(reader.worker) where event.isFirstToken {
          let id = Int(event.request)
          let handed = event.time + perToken * Double(prompts[id])
          let next = decodes.least
          // It is handed to a worker that has come as far.
          decodes.change(next) { $0.advance(until: handed) }
          note(next)
          decodes.change(next) {
            $0.submit(event.request, prompt: prompts[id] + 1, output: outputs[id], cached: prompts[id], at: handed)
          }
        }
      } else {
        decodes.change(writer.worker) { $0.advanceStep(until: min(writer.second, reader.time)) }
        note(writer.worker)
      }
    }
    let run = ServingRun(
      firstToken: (0..<total).map { first[$0] - arrived[$0] },
      perToken: (0..<total).filter { outputs[$0] > 1 }.map { (last[$0] - first[$0]) / Double(outputs[$0] - 1) },
      response: (0..<total).map { last[$0] - arrived[$0] }, seconds: max(1e-9, last.max() ?? 0),
      inputTokens: Double(prompts.reduce(0, +)), outputTokens: Double(outputs.reduce(0, +)), preemptions: 0,
      concurrency: Double(users))
    fill(
      &answer, run, entry: prefillDeployment.engine.entry, cards: prefill.cards + decode.cards, replicas: 1)
    answer.metric = "throughput_per_gpu"
    let prefillBusy = prefills.busy / Double(prefill.count)
    answer.binding = prefillBusy > 0.9 * run.seconds ? "prefill pool" : "decode pool"
    return answer
  }
}

/// Workers of one kind, with what is asked of all of them at every step kept beside: how much each has to do, and when it
/// may have its next event.
private struct WorkerPool {
  private var workers: [TokenScheduler]
  private var loads: [Int]
  private var earliest: [Double]

  init(_ worker: TokenScheduler, count: Int) {
    workers = Array(repeating: worker, count: count)
    loads = Array(repeating: worker.load, count: count)
    earliest = Array(repeating: worker.earliestEvent, count: count)
  }

  mutating func change(_ worker: Int, _ body: (inout TokenScheduler) -> Void) {
    body(&workers[worker])
    loads[worker] = workers[worker].load
    earliest[worker] = workers[worker].earliestEvent
  }

  mutating func takeEvents(_ worker: Int) -> [TokenScheduler.Event] {
    guard !workers[worker].events.isEmpty else { return [] }
    var events: [TokenScheduler.Event] = []
    swap(&events, &workers[worker].events)
    return events
  }

  /// The worker with the least to do, the first among equals.
  var least: Int {
    var best = 0
    for i in loads.indices where loads[i] < loads[best] { best = i }
    return best
  }

  /// The worker that may have the earliest event, the first among equals, and when the next after it may.
  var next: (worker: Int, time: Double, second: Double) {
    var found = (worker: 0, time: Double.infinity, second: Double.infinity)
    for i in earliest.indices {
      if earliest[i] < found.time {
        found = (i, earliest[i], found.time)
      } else {
        found.second = min(found.second, earliest[i])
      }
    }
    return found
  }

  /// Seconds in steps, all together.
  var busy: Double { workers.reduce(0) { $0 + $1.busy } }
}
