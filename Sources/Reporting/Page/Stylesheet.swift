/// The one stylesheet of every page: three sizes of text, one column, charts in three widths, two themes, paper.
public enum Stylesheet {
  /// Which theme a page shows.
  enum Theme: Sendable { case automatic, light, dark }

  /// The stylesheet in the reader's own theme, for a site that serves it as a file.
  public static var text: String { css() }

  static func css(theme: Theme = .automatic) -> String {
    let colors =
      switch theme {
      case .automatic:
        ":root{\(Palette.light.properties);color-scheme:light dark}\n"
          + "@media (prefers-color-scheme:dark){:root{\(Palette.dark.properties)}}\n"
      case .light: ":root{\(Palette.light.properties);color-scheme:light}\n"
      case .dark: ":root{\(Palette.dark.properties);color-scheme:dark}\n"
      }
    return colors + layout + charts + print
  }

  private static let layout = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
    main{max-width:1120px;margin:0 auto;padding:40px 20px 96px}
    .small,.kicker,figcaption,th,.facts span,dl.meta,footer,nav,caption,.tag{font-size:13px}
    .kicker,.soft,figcaption,footer,.facts span,nav,caption{color:var(--soft)}
    .kicker{margin:0}
    h1{font-size:30px;line-height:1.22;letter-spacing:-.015em;font-weight:680;margin:8px 0 0;max-width:29em;text-wrap:balance}
    h2,h3{font-size:16px;line-height:1.4;margin:0;break-after:avoid}
    h3{font-weight:600;margin:24px 0 0}
    section{margin:56px 0 0;border-top:1px solid var(--line);padding-top:14px}
    p{margin:4px 0 0;max-width:46em}
    p.lead{margin-top:14px}
    h2+p,h3+p{margin:2px 0 0;color:var(--soft)}
    a{color:inherit;text-decoration:underline;text-decoration-color:var(--soft);text-decoration-thickness:1px;text-underline-offset:3px}
    a:hover,a:focus-visible{text-decoration-color:currentColor;text-decoration-thickness:2px}
    :target{background:var(--wash);outline:6px solid var(--wash)}
    .facts{display:grid;grid-template-columns:repeat(5,1fr);gap:20px 24px;margin:28px 0 30px;padding:0}
    .facts div{display:flex;flex-direction:column-reverse;justify-content:flex-end;margin:0}
    .facts dd{margin:0;font-size:30px;line-height:1.15;letter-spacing:-.015em;font-weight:500}
    .facts dt{font-size:13px;line-height:1.4;color:var(--soft);margin-top:5px}
    .facts dd a{text-decoration-style:dotted}
    nav{margin:18px 0 0}nav a{margin-right:14px;white-space:nowrap}
    figure{margin:16px 0 0;break-inside:avoid}
    figcaption{margin-top:4px}
    .two{display:grid;grid-template-columns:1fr 1fr;gap:0 48px}.two>div{display:grid;grid-row:span 3;grid-template-rows:subgrid;align-content:start}
    ol.findings{list-style:none;padding:0;margin:14px 0 0}
    ol.findings li{display:grid;grid-template-columns:9em 1fr;gap:4px 16px;padding:12px 0;border-top:1px solid var(--line);break-inside:avoid}
    ol.findings li:first-child{border-top:0}
    ol.findings p{color:var(--soft);margin:2px 0 0}ol.findings b{font-weight:600}
    td .fails,td .holds,td .warns{white-space:nowrap}
    .tag{font-weight:650;line-height:1.9;overflow-wrap:anywhere}.fails{color:var(--fails)}.warns{color:var(--warns)}.holds{color:var(--capacity)}.notes{color:var(--soft)}
    .scroll{overflow-x:auto;max-width:100%;background:linear-gradient(to left,var(--paper) 40%,transparent) 100% 0/56px 100% no-repeat local,linear-gradient(to left,color-mix(in srgb,var(--ink) 26%,transparent),transparent) 100% 0/16px 100% no-repeat scroll}
    table{border-collapse:collapse;min-width:min(100%,32em);margin:12px 0 0}
    .scroll+p,figure+p,.two+p,ul+p{margin-top:20px}
    caption{text-align:left;padding:0 0 4px}
    th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1px solid var(--line);padding:6px 22px 6px 0;vertical-align:bottom}
    td{padding:7px 22px 7px 0;border-bottom:1px solid var(--line);vertical-align:top}
    th:last-child,td:last-child{padding-right:0}
    .n{text-align:right;white-space:nowrap}td.d{white-space:nowrap}tr.own td{font-weight:600}
    tbody tr{break-inside:avoid}
    ul.plain{padding:0 0 0 1.1em;margin:10px 0 0}ul.plain li{margin:4px 0;max-width:46em}
    .ledger{margin:14px 0 0;padding:0}
    .ledger>div{padding:10px 6px 10px 0;border-top:1px solid var(--line);break-inside:avoid;display:grid;grid-template-columns:minmax(9em,15em) 1fr;gap:2px 20px}
    .ledger dt b{font-weight:600;display:block}.ledger dd{margin:0;overflow-wrap:anywhere}.ledger dd p{margin:2px 0 0;font-size:13px;color:var(--soft)}
    pre{overflow-x:auto;margin:12px 0}pre code{overflow-wrap:normal}
    code{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:13px;overflow-wrap:anywhere}
    footer{margin-top:64px;border-top:1px solid var(--line);padding-top:14px}footer p{max-width:60em}
    @media (max-width:999.9px){.two{grid-template-columns:1fr}}
    @media screen and (max-width:760px){main{padding:24px 16px 64px}.facts{grid-template-columns:1fr 1fr;margin:22px 0}ol.findings li,.ledger>div{grid-template-columns:1fr}section{margin-top:44px}h1,.facts dd{font-size:25px}th:first-child,td:first-child{position:sticky;left:0;background:var(--paper);min-width:7em;max-width:11em}td.n:nth-child(2):last-child{white-space:normal}}

    """

  private static let charts = """
    svg{display:block;width:100%;height:auto;overflow:visible}
    .wide,.mid,.slim{display:none}
    @media (min-width:1000px){.wide{display:block}}
    @media (min-width:620px) and (max-width:999.9px){.mid{display:block}}
    @media (max-width:619.9px){.slim{display:block}}
    svg text{font-size:13px;fill:var(--ink)}
    svg text.t{fill:var(--soft)}svg text.e{text-anchor:end}svg text.m{text-anchor:middle}svg text.b{font-weight:620}
    svg text.h{paint-order:stroke;stroke:var(--paper);stroke-width:4px;stroke-linejoin:round}
    svg text.h.w{stroke:var(--wash)}
    svg text.cd{fill:var(--demand)}svg text.cc{fill:var(--capacity)}svg text.cf{fill:var(--fails)}svg text.cw{fill:var(--warns)}
    .grid{stroke:var(--line);stroke-width:1;fill:none}.axis{stroke:var(--soft);stroke-width:1;fill:none}
    .future{fill:var(--wash)}
    .demand,.forecast,.today,.planned,.limit{fill:none;stroke-linejoin:round;stroke-linecap:round}
    .demand,.forecast{stroke:var(--demand);stroke-width:1.5}.forecast{stroke-dasharray:4 3}
    .range{stroke:var(--demand);stroke-width:1.5;fill:none}
    .band{fill:var(--demand);fill-opacity:.17}
    .today{stroke:var(--ink);stroke-width:1.5}.planned{stroke:var(--capacity);stroke-width:2.2}
    .limit{stroke:var(--fails);stroke-width:1.5;stroke-dasharray:6 4}
    .ready{fill:var(--capacity);fill-opacity:.13}.starting{fill:none;stroke:var(--capacity);stroke-width:1.3;stroke-dasharray:2 3}
    .hover{fill:transparent;stroke:none}
    .unserved{fill:var(--fails)}.mark{fill:var(--fails);stroke:var(--paper);stroke-width:2}.dot{fill:var(--capacity);stroke:var(--paper);stroke-width:2}.open{fill:var(--paper);stroke:var(--soft);stroke-width:2}
    .lead{stroke:var(--soft);stroke-width:1;fill:none}.span{stroke:var(--soft);stroke-width:3;fill:none}
    .fd{fill:var(--demand)}.fd2{fill:color-mix(in srgb,var(--demand) 45%,var(--paper))}.fc{fill:var(--capacity)}.fc2{fill:color-mix(in srgb,var(--capacity) 42%,var(--paper))}.ff{fill:var(--fails)}.fs{fill:var(--soft)}
    .whisker{stroke:var(--ink);stroke-width:1.3;fill:none}
    .cell{fill:var(--demand)}

    """

  private static let print = """
    @media print{@page{margin:14mm}:root{\(Palette.light.properties);color-scheme:light}main{max-width:none;padding:0}
    body{font-size:14px;-webkit-print-color-adjust:exact;print-color-adjust:exact}
    nav{display:none}.wide,.slim{display:none}.mid{display:block}.scroll{overflow:visible;background:none}.facts{grid-template-columns:repeat(5,1fr)}
    h1,.facts dd{font-size:25px}section{margin-top:32px}.two{grid-template-columns:1fr 1fr}.two figure .mid{display:none}.two figure .slim{display:block}
    h2,h3,section>p{break-after:avoid}ol.findings li{grid-template-columns:8em 1fr}.ledger>div{grid-template-columns:13em 1fr}.two,p,table{break-inside:avoid}
    table{font-size:13px}th,td{padding-right:12px}thead{display:table-header-group}}

    """
}
