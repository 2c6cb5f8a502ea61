import GateModel
import Hummingbird

/// A short walk through the gate for somebody who sees it for the first time.
enum GuidePage {
    static let routes: [Route] = [
        .get(Place.guide.path, Place.guide.roles) { visit in
            let steps = (1...5).map {
                ["title": visit.say("guide_\($0)_title"), "text": visit.say("guide_\($0)")] as Content
            }
            return visit.page("guide", "guide_title", .guide, ["steps": steps])
        }
    ]

    static let templates = [
        "guide": """
        {{<layout}}{{$main}}
        <p class="lead">{{t.guide_lead}}</p>
        <ol>{{#steps}}<li><h2>{{title}}</h2><p>{{text}}</p></li>{{/steps}}</ol>
        <p>{{t.guide_sample}}</p>
        {{/main}}{{/layout}}
        """
    ]
}
