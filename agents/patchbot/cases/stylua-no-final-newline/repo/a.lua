local function total(items)
    local sum=0
    for _,item in ipairs(items) do sum=sum+item.price end
    return sum
end

return { total=total, name='shop' }