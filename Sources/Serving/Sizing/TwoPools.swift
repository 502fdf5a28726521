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
    var prefills = (0..<prefill.count).map { _ in
      TokenScheduler(
        step: prefillStep, limits: limits(prefillDeployment, reserves: false), time: cold(question, prefillDeployment))
    }
    var decodes = (0..<decode.count).map { _ in
      TokenScheduler(step: decodeStep, limits: limits(decodeDeployment, reserves: true))
    }
    var arrived = [Double](repeating: 0, count: total)
    var first = arrived
    var last = arrived
    var prompts = [Int](repeating: 0, count: total)
    var outputs = prompts
    var next = 0
    var done = 0
    func least(_ pool: [TokenScheduler]) -> Int { pool.indices.min { pool[$0].load < pool[$1].load } ?? 0 }
    func submit(at time: Double) {
      guard next < total else { return }
      prompts[next] = lengths.draw(lengths.input, &random)
      outputs[next] = lengths.draw(lengths.output, &random)
      arrived[next] = time
      let worker = least(prefills)
      prefills[worker].submit(Int32(next), prompt: prompts[next], output: 1, at: time)
      next += 1
    }
    /// What a decode worker's answers have come to: each last token is a user's next request.
    func note(_ worker: Int) {
      guard !decodes[worker].events.isEmpty else { return }
      let happened = decodes[worker].events
      decodes[worker].events.removeAll(keepingCapacity: true)
      for event in happened {
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
    let prefillCount = prefills.count
    while done < total {
      var earliest = (worker: -1, time: Double.infinity)
      var second = Double.infinity
      for i in 0..<prefillCount + decodes.count {
        let time = i < prefillCount ? prefills[i].earliestEvent : decodes[i - prefillCount].earliestEvent
        if time < earliest.time {
          second = earliest.time
          earliest = (i, time)
        } else {
          second = min(second, time)
        }
      }
      guard earliest.worker >= 0 else { break }
      if earliest.worker < prefillCount {
        let worker = earliest.worker
        prefills[worker].advanceStep(until: second)
        let read = prefills[worker].events
        prefills[worker].events.removeAll(keepingCapacity: true)
        for event in read where event.isFirstToken {
          let id = Int(event.request)
          let handed = event.time + perToken * Double(prompts[id])
          let next = least(decodes)
          // It is handed to a worker that has come as far.
          decodes[next].advance(until: handed)
          note(next)
          decodes[next].submit(
            event.request, prompt: prompts[id] + 1, output: outputs[id], cached: prompts[id], at: handed)
        }
      } else {
        decodes[earliest.worker - prefillCount].advanceStep(until: second)
        note(earliest.worker - prefillCount)
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
    let prefillBusy = prefills.reduce(0) { $0 + $1.busy } / Double(prefills.count)
    answer.binding = prefillBusy > 0.9 * run.seconds ? "prefill pool" : "decode pool"
    return answer
  }
}
