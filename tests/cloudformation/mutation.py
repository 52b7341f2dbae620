"""`PYTHONPATH=.:dags python -m tests.cloudformation.mutation`: damages that no rule notices."""
import json, sys, collections, time
from tests.cloudformation.mutants import mutants
from tests.cloudformation import wiring_rules
from tests.cloudformation.fault_bank import RULES
from cloudformation.stacks import render, STACKS
from cloudformation.settings import ENVIRONMENTS

def main():
    texts = {path: text for path, text in render(ENVIRONMENTS).items()}
    envs={}
    for p,t in texts.items(): envs.setdefault(p.parent.name,{})[p.stem]=json.loads(t)
    seen=set(); total=0; surv=[]; t0=time.time()
    cache={}; errors=collections.Counter()
    for path,text in texts.items():
        template=json.loads(text); stack=path.stem
        base=json.loads(text)
        for m in mutants(base):
            key=(stack,m.path,m.how,json.dumps(base["Resources"][m.path[1]],sort_keys=True) if m.path[0]=="Resources" else str(m.path))
            if key in seen: continue
            seen.add(key); total+=1
            mend=m.damage(template)
            k=(stack,m.path[1:2],m.path[2:4])
            order=([cache[k]] if k in cache else [])+RULES
            killed=False
            for r in order:
                try: f=r(template)
                except Exception as e: f=[repr(e)]; errors[r.__name__]+=1
                if f: killed=True; cache[k]=r; break
            if not killed:
                ts={**envs[path.parent.name],stack:template}
                for r in wiring_rules.ENVIRONMENT_RULES:
                    if r(ts): killed=True
            mend()
            if not killed: surv.append((path.parent.name,stack,template["Resources"].get(m.path[1],{}).get("Type",m.path[0]),m))
    print(total,len(surv),time.time()-t0)
    print(errors)
    with open("/tmp/lab/rules/surv.txt","w") as f:
        for e,s,k,m in surv: f.write(f"{e} {s} {k} {m}\n")
main()
