import Glibc

extension StepModel {
  /// The time of one step under a layout.
  public func step(_ layout: TrainingLayout) -> StepTime { step(layout, layer(layout)) }

  /// The same with the layer's times already known.
  public func step(_ layout: TrainingLayout, _ times: LayerTimes) -> StepTime {
    let c = constants
    let m = work.shape
    let p = Double(layout.pipeline)
    let v = Double(layout.virtualStages)
    let d = Double(layout.data)
    let t = Double(layout.tensor)
    let layers = m.layers
    let microBatches = max(1, (work.batch / (d * Double(layout.microBatch))).rounded())

    var passes = times.passes(layout.recomputation, isSharded: layout.zero == 3)
    if layout.recomputation == .full, layout.recomputedShare < 1 {
      let share = layout.recomputedShare
      passes.computing = share * passes.computing + (1 - share) * times.plain.computing
      passes.busy = share * passes.busy + (1 - share) * times.plain.busy
      passes.tensor = share * passes.tensor + (1 - share) * times.plain.tensor
    }
    let layer = passes.busy + passes.tensor + times.expertCollectives + times.contextCollectives

    // One stage, one micro-batch. Where layers do not divide, the logits count as layers of the last stage.
    let isUneven = layers.truncatingRemainder(dividingBy: p) != 0
    let perStage = layers / p
    let logits = isUneven ? times.logits / p : times.logits
    var micro = perStage * layer + logits

    // Parameters of one card.
    let dense = layers * m.densePerLayer / t / p
    let outside = m.embeddingParameters * (layout.pipeline > 1 || m.isTied ? 1 : 2) / t
    let routed = layers * m.routedPerLayer / p / Double(layout.expert)
    let local = dense + outside + routed
    let trained = isLowRank ? adapterParameters / t / p : local

    // Fp32 gradients that a plain data-parallel bf16 run adds up apart.
    var accumulated = 0.0
    if layout.zero == 0, work.accumulatesApart { accumulated = c.accumulateBytes * trained / traffic }
    micro += accumulated

    // Sharded weights are gathered twice and their gradients scattered, for each micro-batch.
    let nodes = max(1, Double(layout.accelerators) / hardware.linkDomain)
    let doublings = nodes > 1 ? log2(nodes) : 0
    let bandwidth = groupBandwidth(layout, doublings)
    let ring = (d - 1) / d
    var sharding = 0.0
    if layout.zero == 3 {
      let weights = (layers * (m.densePerLayer + m.routedPerLayer / Double(layout.expert)) + 2 * m.embeddingParameters)
      let moved = (isLowRank ? 2.0 : 3.0) * 2 * (m.isTied ? weights - m.embeddingParameters : weights) / t / p
      let rate =
        work.isFirstSharding ? hardware.network * c.firstShardShare * 2 : bandwidth
      let gathering = moved * ring / rate
      let together = Self.norm(micro, gathering, c.shardNorm)
      sharding = together - micro
      micro = together
    }
    let bubbles = (p - 1) / v
    let transfers =
      layout.pipeline > 1
      ? (microBatches + bubbles) * v * times.tokens * m.hidden * 2 / t / (hardware.network * c.networkShare)
        * c.stageTransfer : 0
    var gradients = 0.0
    if layout.zero == 0 {
      gradients = 2 * ring * 2 * trained / bandwidth * (1 - c.plainGradientOverlap)
    } else if layout.zero < 3 {
      gradients = 4 * ring * trained / bandwidth * (1 - c.gradientOverlap)
    }
    let optimizer = c.optimizerBytes * trained / (layout.zero == 0 ? 1 : d) / traffic
    let body = (microBatches + bubbles) * micro + transfers
    let sum = body + gradients + optimizer + c.fixedStep
    let step = sum * (1 + c.spread * doublings)
    let shares = microBatches * perStage
    return StepTime(
      step: step, compute: shares * passes.computing + microBatches * (logits + accumulated),
      launches: shares * (passes.busy - passes.computing), tensor: shares * passes.tensor,
      expert: shares * times.expertCollectives,
      context: shares * times.contextCollectives, sharding: microBatches * sharding, bubble: bubbles * micro,
      stages: transfers, gradients: gradients, optimizer: optimizer, other: step - sum + c.fixedStep)
  }

  /// Bytes a second of the collectives between copies: links where all of them lie in one domain, else all network
  /// adapters of the machine that the group holds.
  private func groupBandwidth(_ layout: TrainingLayout, _ doublings: Double) -> Double {
    let links = hardware.link * constants.linkShare
    let t = Double(layout.tensor)
    let d = Double(layout.data)
    if d * t * Double(layout.context) <= hardware.linkDomain { return links }
    let together = min(hardware.linkDomain / min(t, hardware.linkDomain), d)
    let network =
      hardware.network * together * constants.networkShare / (1 + constants.shardSpread * doublings)
    return min(links, network)
  }

  var adapterParameters: Double { Self.adapterParameters(work) }

  /// Parameters of low-rank adapters beside attention's matrices (query, key, value and output, as most recipes have it).
  static func adapterParameters(_ work: TrainingWork) -> Double {
    guard case .lora(let rank) = work.method else { return 0 }
    let m = work.shape
    return m.layers * Double(rank) * (4 * m.hidden + 2 * m.queryWidth + 2 * m.keyWidth)
  }

  /// Two times that run beside each other, neither hiding the other wholly.
  @inline(__always)
  static func norm(_ a: Double, _ b: Double, _ p: Double) -> Double {
    if b <= 0 { return a }
    if a <= 0 { return b }
    if p == 1 { return a + b }
    let (large, small) = a > b ? (a, b) : (b, a)
    return large * pow(1 + pow(small / large, p), 1 / p)
  }
}

extension TrainingWork {
  /// DeepSpeed-style runs in bf16 without a distributed optimizer keep fp32 gradients beside and add to them apart.
  var accumulatesApart: Bool { software == .scores && isBrainFloat }
  /// The first ZeRO-3 of 2021.
  var isFirstSharding: Bool { software == .scores && !isBrainFloat }
}
