import Catalogs

extension StepModel {
  /// One layer's times under a split.
  ///
  /// - Complexity: O(1), about 0.2 microseconds; independent of pipeline, data copies, sharding and recomputation, so that
  ///   a search computes it once for all of these.
  public func layer(
    tensor: Int, context: Int, expert: Int, microBatch: Int, isSequenceParallel: Bool, isTensorAsynchronous: Bool
  ) -> LayerTimes {
    let c = constants
    let m = work.shape
    let t = Double(tensor)
    let cp = Double(context)
    let ep = Double(expert)
    let b = Double(microBatch)
    let s = work.sequence
    let tokens = b * s / cp
    let h = m.hidden
    // Attention's projections.
    var linear: Double
    let scoreWidth: Double
    if let latent = m.latent {
      let query = Double(latent.nopeSize + latent.ropeSize)
      let narrow = Double(latent.kvRank + latent.ropeSize)
      let rank = Double(latent.queryRank)
      linear =
        rank > 0
        ? product(tokens, h, rank + narrow, rate) + product(tokens, rank, m.heads * query / t, rate)
        : product(tokens, h, m.heads * query / t + narrow, rate)
      linear +=
        product(tokens, Double(latent.kvRank), m.heads * Double(latent.nopeSize + latent.valueSize) / t, rate)
        + product(tokens, m.heads * Double(latent.valueSize) / t, h, rate)
      scoreWidth = m.heads * (query + Double(latent.valueSize)) / 2
    } else {
      linear =
        product(tokens, h, (m.queryWidth + 2 * m.keyWidth) / t, rate) + product(tokens, m.queryWidth / t, h, rate)
      scoreWidth = m.queryWidth
    }
    // Feed-forward: dense layers and layers with experts, averaged by their share.
    let denseShare = m.denseLayers / m.layers
    var forwardProducts = linear
    var routed = 0.0
    if denseShare > 0 {
      let dense = product(tokens, h, (m.matrices - 1) * m.ffn / t, rate) + product(tokens, m.ffn / t, h, rate)
      forwardProducts += denseShare * dense
    }
    var permute = 0.0
    if m.isMixture {
      routed = tokens * m.active / t
      let perExpert = max(routed * ep / m.experts, 1)
      let local = max(1, m.experts / ep)
      let group = 1 + c.groupRows / perExpert
      func grouped(_ depth: Double, _ width: Double) -> Double {
        2 * routed * depth * width / (rate * c.groupedShare) * (1 + c.depthHalf / depth) * (1 + c.widthHalf / width)
          * group + 2 * (routed * depth + local * depth * width + routed * width) / traffic
      }
      var mixed = grouped(h, (m.matrices - 1) * m.expertFFN) + grouped(m.expertFFN, h)
      permute = c.permuteBytes * routed * h * 2 / traffic
      mixed += permute
      if m.sharedFFN > 0 {
        mixed +=
          product(tokens, h, (m.matrices - 1) * m.sharedFFN / t, rate) + product(tokens, m.sharedFFN / t, h, rate)
      }
      forwardProducts += (1 - denseShare) * mixed
    }
    // Attention over the tokens before, and elementwise traffic.
    let isFused = work.software != .scores
    let attention = (isFused ? 0.5 : 1) * 4 * tokens * m.attended(s) * scoreWidth / t / attentionRate
    let scores = isFused ? 0 : c.scoreBytes * b * m.heads / t * s * s / cp / traffic
    let split = isSequenceParallel ? t : 1
    let elements = elementBytes * tokens * h / traffic * (0.5 / split + 0.5 / t)
    let forward = forwardProducts + attention + scores + elements
    // Frozen weights have no gradient of their own: one product backwards in place of two.
    let backward = (isLowRank ? 1 : 2) * forwardProducts + 2.5 * attention + 1.5 * scores + 1.8 * elements

    // Tensor parallelism: a ring all-reduce, or the reduce-scatter and all-gather that are one.
    var tensorCollective = 0.0
    if tensor > 1 {
      let bandwidth =
        t <= hardware.linkDomain
        ? hardware.link * c.linkShare : hardware.network * hardware.linkDomain * c.tensorNetworkShare
      tensorCollective = 2 * (t - 1) / t * tokens * h * 2 / bandwidth + c.collectiveStart * 2 * (t - 1)
      if isSequenceParallel { tensorCollective *= 1 - c.tensorOverlap }
      if isTensorAsynchronous { tensorCollective *= 0.5 }
    }
    // Experts: tokens go to their experts and back, forward and backward.
    var expertCollectives = 0.0
    if m.isMixture && expert > 1 {
      let near = min(ep, hardware.linkDomain / min(t, hardware.linkDomain))
      let bytes = routed * h * 2
      let seconds =
        bytes
        * ((near - 1) / ep / (hardware.link * c.linkShare)
          + (1 - near / ep) / (hardware.network * c.expertNetworkShare))
      expertCollectives = 4 * seconds * (1 - c.expertOverlap) * (1 - denseShare)
    }
    var contextCollectives = 0.0
    if context > 1 {
      let bandwidth =
        t * cp <= hardware.linkDomain ? hardware.link * c.linkShare : hardware.network * c.networkShare
      let keys = m.latent.map { Double($0.kvRank + $0.ropeSize) * t / 2 } ?? m.keyWidth
      contextCollectives = 3 * (cp - 1) * tokens * 2 * keys * 2 / t / bandwidth * (1 - c.contextOverlap)
    }
    let logits =
      (isLowRank ? 2 : 3) * product(tokens, h, m.vocabulary / t, rate16)
      + c.logitBytes * tokens * m.vocabulary / t * 10 / traffic
    let launches = 12 * (m.isMixture ? c.expertLaunch : c.launch)
    let norm = m.isMixture ? c.expertLaunchNorm : c.launchNorm
    // Collectives: two forward and two backward, two more where the forward pass runs again.
    func passes(_ again: Double, _ runs: Double) -> LayerTimes.Passes {
      let computing = forward + backward + again
      return LayerTimes.Passes(
        computing: computing, busy: Self.norm(computing, launches * runs, norm),
        tensor: tensorCollective * (runs == 4 ? 6 : 4))
    }
    return LayerTimes(
      plain: passes(0, 3), selective: passes(attention + scores, 3), partial: passes(c.selectiveShare * forward, 3),
      full: passes(c.recomputeShare * forward, 4), expertCollectives: expertCollectives,
      contextCollectives: contextCollectives, logits: logits, tokens: tokens)
  }

  public func layer(_ layout: TrainingLayout) -> LayerTimes {
    layer(
      tensor: layout.tensor, context: layout.context, expert: layout.expert, microBatch: layout.microBatch,
      isSequenceParallel: layout.isSequenceParallel, isTensorAsynchronous: layout.isTensorAsynchronous)
  }
}
