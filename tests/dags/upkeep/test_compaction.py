from tests.dags.insights import Pipeline
from tests.dags.upkeep.days import DAYS
from todo_insights.lake.stores import open_stores
from todo_insights.upkeep.compaction import compact

def test_x(pipeline: Pipeline) -> None:
    done = compact(None, open_stores(pipeline.settings), pipeline.tick())
    print(done)
    assert [each["dt"] for each in done] == DAYS
    print(compact(None, open_stores(pipeline.settings), pipeline.tick()))
    print(compact(DAYS, open_stores(pipeline.settings), pipeline.tick()))

def test_y(pipeline: Pipeline) -> None:
    from todo_insights.upkeep.maintenance import maintain
    import json
    stores = open_stores(pipeline.settings)
    compact(None, stores, pipeline.tick())
    print(json.dumps(maintain(stores, pipeline.tick()), indent=1))
